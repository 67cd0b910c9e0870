//! Checks that several bodies share.

use rtc_types::limits::METADATA_BYTES_MAX;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value};
use std::{fmt, marker::PhantomData};

/// An object that a tenant attaches and gets back untouched.
pub(crate) type Metadata = Map<String, Value>;

/// At most 8 KiB as JSON text.
pub(crate) fn metadata(value: &Option<Metadata>, _: &()) -> garde::Result {
    let Some(value) = value else { return Ok(()) };
    let bytes = serde_json::to_string(value).map_err(garde::Error::new)?.len();
    if bytes > METADATA_BYTES_MAX {
        return Err(garde::Error::new(format!("must be at most {METADATA_BYTES_MAX} bytes, is {bytes}")));
    }
    Ok(())
}

/// Not only spaces, and no control characters.
pub(crate) fn name(value: &str, _: &()) -> garde::Result {
    if value.trim().is_empty() {
        return Err(garde::Error::new("must not be blank"));
    }
    if value.chars().any(char::is_control) {
        return Err(garde::Error::new("must hold printable characters only"));
    }
    Ok(())
}

/// [`name`] where it is given.
pub(crate) fn optional_name(value: &Option<String>, context: &()) -> garde::Result {
    value.as_deref().map_or(Ok(()), |value| name(value, context))
}

/// An id of 1–128 printable characters.
pub(crate) fn id(value: &str, _: &()) -> garde::Result {
    rtc_types::UserId::new(value).map(|_| ()).map_err(garde::Error::new)
}

/// An object inside a body, or null. Derived parsers would take an array for the fields in their order.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
            T::deserialize(MapAccessDeserializer::new(entries)).map(Some)
        }
    }

    from.deserialize_any(Object(PhantomData))
}
