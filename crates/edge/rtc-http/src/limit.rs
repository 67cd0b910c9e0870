//! How many requests an app, and an address without valid credentials, may make.

use crate::{ApiError, HttpLimits};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use parking_lot::Mutex;
use rtc_types::AppId;
use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// Checks after which keys that have been quiet are forgotten. Keys live for ten seconds at most, so that
/// what is held is bounded by this and by the addresses that ten seconds can bring.
const FORGET_EVERY: u32 = 1024;
/// Of how many seconds requests may come at once.
const BURST_S: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
/// The same for what anyone may read: a hall full of people behind one address opens a page at the same moment.
const PUBLIC_BURST_S: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

pub(crate) struct RateLimits {
    apps: Keyed<AppId>,
    /// Of those without valid credentials.
    addresses: Barring,
    /// Of those whose signatures are wrong.
    signers: Barring,
    public: Keyed<IpAddr>,
}

impl RateLimits {
    pub(crate) fn new(limits: &HttpLimits) -> Self {
        Self {
            apps: Keyed::new(limits.rate_per_app_per_s, BURST_S),
            addresses: Barring::new(limits.rate_per_address_per_s),
            signers: Barring::new(limits.rate_per_address_per_s),
            public: Keyed::new(limits.rate_public_per_s, PUBLIC_BURST_S),
        }
    }

    /// Counts a request of an app.
    pub(crate) fn count_app(&self, app: &AppId) -> Result<(), ApiError> {
        self.apps.count(app).map_err(rate_limited)
    }

    /// Counts a request without credentials, or with wrong ones.
    pub(crate) fn count_address(&self, address: IpAddr) -> Result<(), ApiError> {
        self.addresses.count(address)
    }

    /// Refuses an address that is over its rate before its credentials are looked at, so that guessing
    /// secrets costs no queries beyond the rate.
    pub(crate) fn check_address(&self, address: IpAddr) -> Result<(), ApiError> {
        self.addresses.check(address)
    }

    /// Counts a request whose signature is wrong.
    pub(crate) fn count_signer(&self, address: IpAddr) -> Result<(), ApiError> {
        self.signers.count(address)
    }

    /// As [`Self::check_address`], for those who sign.
    pub(crate) fn check_signer(&self, address: IpAddr) -> Result<(), ApiError> {
        self.signers.check(address)
    }

    /// Counts a request for what anyone may read.
    pub(crate) fn count_public(&self, address: IpAddr) -> Result<(), ApiError> {
        self.public.count(&address).map_err(rate_limited)
    }
}

/// A rate of addresses, with those that are over it.
struct Barring {
    rate: Keyed<IpAddr>,
    /// Until when each is.
    barred: Mutex<HashMap<IpAddr, Instant>>,
}

impl Barring {
    fn new(per_s: u32) -> Self {
        Self { rate: Keyed::new(per_s, BURST_S), barred: Mutex::new(HashMap::new()) }
    }

    fn count(&self, address: IpAddr) -> Result<(), ApiError> {
        self.rate.count(&address).map_err(|wait| {
            let now = Instant::now();
            let mut barred = self.barred.lock();
            barred.retain(|_, until| *until > now);
            barred.insert(address, now + wait);
            rate_limited(wait)
        })
    }

    fn check(&self, address: IpAddr) -> Result<(), ApiError> {
        let now = Instant::now();
        match self.barred.lock().get(&address) {
            Some(until) if *until > now => Err(rate_limited(*until - now)),
            _ => Ok(()),
        }
    }
}

fn rate_limited(wait: Duration) -> ApiError {
    ApiError::rate_limited(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

struct Keyed<K: Clone + Eq + Hash> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl<K: Clone + Eq + Hash> Keyed<K> {
    /// `burst_s`: of how many seconds requests may come at once.
    fn new(per_s: u32, burst_s: NonZeroU32) -> Self {
        let rate = NonZeroU32::new(per_s).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(burst_s));
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default(), checks: AtomicU32::new(0) }
    }

    /// Takes one; where there is none, tells for how long.
    fn count(&self, key: &K) -> Result<(), Duration> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(key).map_err(|refused| refused.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc_types::ErrorCode;

    fn limits(per_s: u32) -> RateLimits {
        RateLimits::new(&HttpLimits {
            rate_per_app_per_s: per_s,
            rate_per_address_per_s: per_s,
            ..HttpLimits::default()
        })
    }

    #[test]
    fn an_address_over_its_rate_is_refused_before_its_credentials_are_looked_at() {
        let limits = limits(1);
        let (guesser, other): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        assert!(limits.check_address(guesser).is_ok());
        let refused = (0..100).find_map(|_| limits.count_address(guesser).err()).expect("refused at last");
        assert_eq!(refused.code(), ErrorCode::RateLimitExceeded);
        assert!(limits.check_address(guesser).is_err());
        assert!(limits.check_address(other).is_ok());
        assert!(limits.count_address(other).is_ok());
    }

    #[test]
    fn what_anyone_may_read_and_wrong_signatures_have_rates_of_their_own() {
        let limits = limits(1);
        let address: IpAddr = [192, 0, 2, 1].into();
        let refused = (0..100).filter(|_| limits.count_signer(address).is_err()).count();
        assert!(refused > 0 && limits.check_signer(address).is_err());
        assert!(limits.check_address(address).is_ok() && limits.count_address(address).is_ok());
        assert!((0..1_000).all(|_| limits.count_public(address).is_ok()));
        let refused = (0..100_000).find_map(|_| limits.count_public(address).err()).expect("refused at last");
        assert_eq!(refused.code(), ErrorCode::RateLimitExceeded);
    }

    #[test]
    fn keys_that_have_been_quiet_are_forgotten() {
        let keyed = Keyed::<u32>::new(1_000_000_000, BURST_S);
        (0..10 * FORGET_EVERY).for_each(|key| _ = keyed.count(&key));
        assert!(keyed.limiter.len() <= 2 * FORGET_EVERY as usize, "{} keys", keyed.limiter.len());
    }
}
