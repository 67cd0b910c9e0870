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

/// Checks after which keys that have been quiet are forgotten. Keys live for two seconds at most, so that
/// what is held is bounded by this and by the addresses that two seconds can bring.
const FORGET_EVERY: u32 = 1024;

pub(crate) struct RateLimits {
    apps: Keyed<AppId>,
    addresses: Keyed<IpAddr>,
    /// Addresses that are over their rate, and until when.
    barred: Mutex<HashMap<IpAddr, Instant>>,
}

impl RateLimits {
    pub(crate) fn new(limits: &HttpLimits) -> Self {
        Self {
            apps: Keyed::new(limits.rate_per_app_per_s),
            addresses: Keyed::new(limits.rate_per_address_per_s),
            barred: Mutex::new(HashMap::new()),
        }
    }

    /// Counts a request of an app.
    pub(crate) fn count_app(&self, app: &AppId) -> Result<(), ApiError> {
        self.apps.count(app).map_err(rate_limited)
    }

    /// Counts a request without credentials, or with wrong ones.
    pub(crate) fn count_address(&self, address: IpAddr) -> Result<(), ApiError> {
        self.addresses.count(&address).map_err(|wait| {
            let now = Instant::now();
            let mut barred = self.barred.lock();
            barred.retain(|_, until| *until > now);
            barred.insert(address, now + wait);
            rate_limited(wait)
        })
    }

    /// Refuses an address that is over its rate before its credentials are looked at, so that guessing
    /// secrets costs no queries beyond the rate.
    pub(crate) fn check_address(&self, address: IpAddr) -> Result<(), ApiError> {
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
    fn new(per_s: u32) -> Self {
        let rate = NonZeroU32::new(per_s).unwrap_or(NonZeroU32::MIN);
        let quota =
            Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(1)));
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
    fn keys_that_have_been_quiet_are_forgotten() {
        let keyed = Keyed::<u32>::new(1_000_000_000);
        (0..10 * FORGET_EVERY).for_each(|key| _ = keyed.count(&key));
        assert!(keyed.limiter.len() <= 2 * FORGET_EVERY as usize, "{} keys", keyed.limiter.len());
    }
}
