//! The calls that are made for every message, as bare functions.
//!
//! What napi-derive makes of a method costs 250 ns before it does anything (the class is looked up and its
//! borrow tracked), of a function 100 ns and of each text 80 ns more; a bare callback costs 20 ns, and each
//! text that it reads into a buffer 10 ns. A whole relay costs 500 ns, so these are bare.
//!
//! A call that is refused changes nothing and gives [`REFUSED`]; the wrapper then asks again through the
//! class, whose errors say why.

use crate::state::{State, millis};
use napi::{Env, bindgen_prelude::*, sys};
use rtc_server::Json;
use std::{
    cell::RefCell,
    ffi::{CStr, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
    rc::Rc,
    sync::atomic::Ordering,
};

/// What a call gives that was refused.
const REFUSED: i32 = -1;
/// In what a relay gives, beside the number of peers, of which a room has 1,000 at most: streams have
/// something to read.
const STREAMS_READY: i32 = 1 << 16;

/// Room for an id, or a signal's type: more than the 128 characters that are admitted, in UTF-8.
const NAME_BYTES: usize = 1024;
/// Room for a payload or metadata: more than what is admitted.
const BODY_BYTES: usize = 132 * 1024;

thread_local! {
    static TEXTS: RefCell<Vec<u8>> = RefCell::new(vec![0; 2 * NAME_BYTES + BODY_BYTES]);
}

/// The bare functions of a server, as an object.
pub(crate) fn bare(env: Env, state: &Rc<State>) -> Result<Object<'static>> {
    let mut object = ptr::null_mut();
    // SAFETY: `env` is the environment that calls; `object` is where its answer goes.
    check_status!(unsafe { sys::napi_create_object(env.raw(), &mut object) })?;
    for (name, function) in [
        (c"connect", connect as Callback),
        (c"connectBeside", connect_beside),
        (c"relay", relay),
        (c"disconnect", disconnect),
    ] {
        bind(env, object, name, function, state)?;
    }
    Ok(Object::from_raw(env.raw(), object))
}

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

fn bind(env: Env, object: sys::napi_value, name: &CStr, function: Callback, state: &Rc<State>) -> Result<()> {
    let env = env.raw();
    let data = Rc::into_raw(state.clone()).cast_mut().cast::<c_void>();
    let mut value = ptr::null_mut();
    // SAFETY: `data` is a reference of its own, which the finalizer gives back after the last call.
    unsafe {
        check_status!(sys::napi_create_function(env, name.as_ptr(), -1, Some(function), data, &mut value))?;
        let done = (ptr::null_mut(), ptr::null_mut());
        check_status!(sys::napi_add_finalizer(env, value, data, Some(finalize), done.0, done.1))?;
        check_status!(sys::napi_set_named_property(env, object, name.as_ptr(), value))
    }
}

/// SAFETY: `data` is what `bind` has given, once.
unsafe extern "C" fn finalize(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: see above.
    drop(unsafe { Rc::from_raw(data.cast_const().cast::<State>()) });
}

/// The arguments of a call.
struct Arguments<const N: usize> {
    env: sys::napi_env,
    values: [sys::napi_value; N],
}

impl<const N: usize> Arguments<N> {
    /// `None`: not a number of that kind, or not given.
    fn number(&self, index: usize) -> Option<u32> {
        let mut number = 0;
        // SAFETY: a value of this call; what is no number is refused by the status.
        let status = unsafe { sys::napi_get_value_uint32(self.env, *self.values.get(index)?, &mut number) };
        (status == sys::Status::napi_ok).then_some(number)
    }

    fn time(&self, index: usize) -> Option<f64> {
        let mut time = 0.0;
        // SAFETY: as above.
        let status = unsafe { sys::napi_get_value_double(self.env, *self.values.get(index)?, &mut time) };
        (status == sys::Status::napi_ok).then_some(time)
    }

    fn is_missing(&self, index: usize) -> bool {
        let mut kind = 0;
        let Some(value) = self.values.get(index) else { return true };
        // SAFETY: as above.
        let status = unsafe { sys::napi_typeof(self.env, *value, &mut kind) };
        status == sys::Status::napi_ok && kind == sys::ValueType::napi_undefined
    }

    /// `None`: no text, or more than there is room for.
    fn text<'a>(&self, index: usize, room: &'a mut [u8]) -> Option<&'a str> {
        let mut bytes = 0;
        let (at, size) = (room.as_mut_ptr().cast(), room.len());
        // SAFETY: as above; at most `size` bytes are written.
        let status = unsafe {
            sys::napi_get_value_string_utf8(self.env, *self.values.get(index)?, at, size, &mut bytes)
        };
        // A text that is cut ends at a character's start, and with a zero.
        if status != sys::Status::napi_ok || bytes + 4 >= size {
            return None;
        }
        std::str::from_utf8(room.get(..bytes)?).ok()
    }
}

/// `None`: U+FFFD is in the text, which may stand for what UTF-8 cannot say. The wrapper has the text itself.
fn whole(text: &str) -> Option<&str> {
    (text.is_ascii() || !text.contains('\u{fffd}')).then_some(text)
}

/// Room for two names and a body.
type Texts<'a> = (&'a mut [u8], &'a mut [u8], &'a mut [u8]);

/// Runs a call: its arguments out of JavaScript, its answer back in.
///
/// SAFETY: `env` and `info` are those of a call to a function that `bind` has made.
unsafe fn run<const N: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    call: fn(&State, &Arguments<N>, Texts<'_>) -> Option<i32>,
) -> sys::napi_value {
    let mut values = [ptr::null_mut(); N];
    let (mut count, mut data) = (N, ptr::null_mut());
    // SAFETY: as the function says; what is not given is `undefined`, so all of `values` are values.
    let state = unsafe {
        let this = ptr::null_mut();
        sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), this, &mut data);
        data.cast_const().cast::<State>().as_ref()
    };
    let answer = catch_unwind(AssertUnwindSafe(|| {
        TEXTS.with_borrow_mut(|texts| {
            let (first, rest) = texts.split_at_mut(NAME_BYTES);
            let (second, body) = rest.split_at_mut(NAME_BYTES);
            call(state?, &Arguments { env, values }, (first, second, body))
        })
    }));
    let mut given = ptr::null_mut();
    // SAFETY: `env` is the environment that calls.
    unsafe { sys::napi_create_int32(env, answer.ok().flatten().unwrap_or(REFUSED), &mut given) };
    given
}

/// `connect(now, room, peer, metadata?)` gives the peer's number. `metadata`: JSON as `JSON.stringify` writes it.
unsafe extern "C" fn connect(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: bound by `bind`.
    unsafe {
        run::<4>(env, info, |state, given, (first, second, body)| {
            state.clock.store(millis(given.time(0)?), Ordering::Relaxed);
            let (room, peer) = (whole(given.text(1, first)?)?, whole(given.text(2, second)?)?);
            // What is neither missing nor a text is refused by the class, which is asked again.
            let metadata =
                if given.is_missing(3) { None } else { Some(Json::rendered(given.text(3, body)?)) };
            let peer = state.server.borrow().as_ref()?.admit(room, peer, metadata).ok()?;
            i32::try_from(state.peers.borrow_mut().add(peer)).ok()
        })
    }
}

/// `connectBeside(now, other, peer, metadata?)`: the same, to the room of another peer.
unsafe extern "C" fn connect_beside(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: bound by `bind`.
    unsafe {
        run::<4>(env, info, |state, given, (peer, _, body)| {
            state.clock.store(millis(given.time(0)?), Ordering::Relaxed);
            let peer = whole(given.text(2, peer)?)?;
            let metadata =
                if given.is_missing(3) { None } else { Some(Json::rendered(given.text(3, body)?)) };
            let mut peers = state.peers.borrow_mut();
            let peer = peers.get(given.number(1)?)?.admit_beside(peer, metadata).ok()?;
            i32::try_from(peers.add(peer)).ok()
        })
    }
}

/// `relay(from, type, payload, to?)`, peers by their numbers, gives for how many peers it is, and
/// [`STREAMS_READY`]. `payload`: as above.
unsafe extern "C" fn relay(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: bound by `bind`.
    unsafe {
        run::<4>(env, info, |state, given, (kind, _, payload)| {
            let peers = state.peers.borrow();
            let from = peers.get(given.number(0)?)?;
            let (kind, payload) = (given.text(1, kind)?, Json::rendered(given.text(2, payload)?));
            let to = if given.is_missing(3) { None } else { Some(peers.get(given.number(3)?)?) };
            let recipients = i32::try_from(from.relay(kind, payload, to).ok()?.recipients).ok()?;
            Some(if state.streams.borrow().is_any_ready() { recipients | STREAMS_READY } else { recipients })
        })
    }
}

/// `disconnect(peer)` gives 1 where the room was closed with its last peer, else 0. The number is free then.
unsafe extern "C" fn disconnect(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: bound by `bind`.
    unsafe {
        run::<1>(env, info, |state, given, _| {
            let number = given.number(0)?;
            let mut peers = state.peers.borrow_mut();
            let is_room_closed = peers.get(number)?.disconnect().ok()?;
            peers.remove(number);
            Some(i32::from(is_room_closed))
        })
    }
}
