//! The calls that are made for every message, as bare functions.
//!
//! What napi-derive makes of a method costs 250 ns before it does anything (the class is looked up and its
//! borrow tracked), of a function 100 ns and of each text 80 ns more; a bare callback costs 20 ns, and each
//! text that it reads into a buffer 10 ns. A whole relay costs 500 ns, so these are bare.
//!
//! Texts are read as UTF-16: the engine copies those as blocks, where it writes UTF-8 character by character;
//! and what UTF-8 cannot say is told apart from what stands for it.
//!
//! Bodies (payloads and metadata) come as bytes in memory that both sides see, where the wrapper could write them so,
//! or else as texts.
//!
//! A call that is refused changes nothing and gives [`REFUSED`]; the wrapper then asks again through the
//! class, whose errors say why.

use crate::state::State;
use napi::{Env, bindgen_prelude::*, sys};
use rtc_server::Json;
use std::{
    ffi::{CStr, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
    rc::Rc,
};

/// What a call gives that was refused.
const REFUSED: i32 = -1;
/// In what a relay gives, beside the number of peers, of which a room has 1,000 at most: streams have
/// something to read.
const STREAMS_READY: i32 = 1 << 16;

/// For whom a relay is that is for everybody else.
const EVERYBODY: u32 = u32::MAX;
/// The types of signals that cross as their places here; packages/rtc-server/src/native.ts has the same.
const KINDS: [&str; 4] = ["offer", "answer", "ice", "candidate"];

/// Room for the longest text that is admitted, a signal's payload, and a bit, in units of UTF-16. What is
/// longer is refused.
const UNITS_MAX: usize = 132 * 1024;

/// Where the texts of a call are read to.
pub(crate) struct Texts {
    units: Vec<u16>,
    /// Two names and a body, in UTF-8.
    read: [Vec<u8>; 3],
}

impl Default for Texts {
    fn default() -> Self {
        Self { units: vec![0; UNITS_MAX], read: Default::default() }
    }
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

    /// `None`: no text, one that is too long, or no well-formed Unicode.
    fn text<'a>(&self, index: usize, units: &mut [u16], read: &'a mut Vec<u8>) -> Option<&'a str> {
        let mut count = 0;
        let (at, size) = (units.as_mut_ptr(), units.len());
        // SAFETY: as above; at most `size` units are written.
        let status = unsafe {
            sys::napi_get_value_string_utf16(self.env, *self.values.get(index)?, at, size, &mut count)
        };
        // A text that is cut fills all but the place of a zero at its end.
        if status != sys::Status::napi_ok || count + 1 >= size {
            return None;
        }
        let units = units.get(..count)?;
        if !narrow(units, read) {
            read.clear();
            for character in char::decode_utf16(units.iter().copied()) {
                read.extend_from_slice(character.ok()?.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        // SAFETY: either ASCII, or what `encode_utf8` has written.
        Some(unsafe { std::str::from_utf8_unchecked(read) })
    }
}

impl<const N: usize> Arguments<N> {
    /// A body: the length of what stands in the memory that both sides see, or a text.
    fn body<'a>(
        &self,
        index: usize,
        memory: &'a [u8],
        units: &mut [u16],
        read: &'a mut Vec<u8>,
    ) -> Option<&'a str> {
        match self.number(index) {
            Some(length) => std::str::from_utf8(memory.get(..length as usize)?).ok(),
            None => self.text(index, units, read),
        }
    }
}

/// Whether all is ASCII, which nearly all texts are. What was read is all of it then.
fn narrow(units: &[u16], read: &mut Vec<u8>) -> bool {
    read.clear();
    read.resize(units.len(), 0);
    let mut all = 0;
    // One loop, of which the compiler makes wide ones.
    for (byte, unit) in read.iter_mut().zip(units) {
        *byte = *unit as u8;
        all |= unit;
    }
    all < 0x80
}

/// Runs a call: its arguments out of JavaScript, its answer back in.
///
/// SAFETY: `env` and `info` are those of a call to a function that `bind` has made.
unsafe fn run<const N: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    call: fn(&State, &Arguments<N>, &mut Texts) -> Option<i32>,
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
        let state = state?;
        call(state, &Arguments { env, values }, &mut state.texts.borrow_mut())
    }));
    let mut given = ptr::null_mut();
    // SAFETY: `env` is the environment that calls.
    unsafe { sys::napi_create_int32(env, answer.ok().flatten().unwrap_or(REFUSED), &mut given) };
    given
}

/// `connect(now, room, peer, metadata)` gives the peer's number. `metadata`: JSON as `JSON.stringify` writes it,
/// as a text or a length; 0: none.
unsafe extern "C" fn connect(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: bound by `bind`.
    unsafe {
        run::<4>(env, info, |state, given, Texts { units, read: [room, peer, body] }| {
            state.set_time(given.time(0)?);
            let (room, peer) = (given.text(1, units, room)?, given.text(2, units, peer)?);
            let metadata = metadata(given.body(3, &state.memory.borrow(), units, body)?);
            let peer = state.server.borrow().as_ref()?.admit(room, peer, metadata).ok()?;
            i32::try_from(state.peers.borrow_mut().add(peer)).ok()
        })
    }
}

/// `connectBeside(now, other, peer, metadata)`: the same, to the room of another peer.
unsafe extern "C" fn connect_beside(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: bound by `bind`.
    unsafe {
        run::<4>(env, info, |state, given, Texts { units, read: [peer, _, body] }| {
            state.set_time(given.time(0)?);
            let peer = given.text(2, units, peer)?;
            let metadata = metadata(given.body(3, &state.memory.borrow(), units, body)?);
            let mut peers = state.peers.borrow_mut();
            let peer = peers.get(given.number(1)?)?.admit_beside(peer, metadata).ok()?;
            i32::try_from(peers.add(peer)).ok()
        })
    }
}

fn metadata(given: &str) -> Option<Json> {
    (!given.is_empty()).then(|| Json::rendered(given))
}

/// `relay(from, type, payload, to)`, peers by their numbers, gives for how many peers it is, and
/// [`STREAMS_READY`]. `type`: a text, or its place in [`KINDS`]. `payload`: as above. `to`: or [`EVERYBODY`].
unsafe extern "C" fn relay(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: bound by `bind`.
    unsafe {
        run::<4>(env, info, |state, given, Texts { units, read: [kind, _, payload] }| {
            let peers = state.peers.borrow();
            let from = peers.get(given.number(0)?)?;
            let kind = match given.number(1) {
                Some(place) => KINDS.get(place as usize)?,
                None => given.text(1, units, kind)?,
            };
            let memory = state.memory.borrow();
            let payload = Json::rendered(given.body(2, &memory, units, payload)?);
            let to = match given.number(3)? {
                EVERYBODY => None,
                to => Some(peers.get(to)?),
            };
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
