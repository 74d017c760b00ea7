//! Tests of token buckets.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const RATE: Rate = Rate { count: 10, per: Duration::from_secs(1), burst: 3 };

#[test]
fn a_bucket_gives_its_burst_and_then_its_rate() {
    let start = Instant::now();
    let mut bucket = TokenBucket::full(start);
    for _ in 0..3 {
        assert_eq!(bucket.take(RATE, start), Ok(()));
    }
    assert_eq!(bucket.take(RATE, start), Err(Duration::from_millis(100)));
    assert_eq!(bucket.take(RATE, start + Duration::from_millis(99)), Err(Duration::from_millis(1)));
    assert_eq!(bucket.take(RATE, start + Duration::from_millis(100)), Ok(()));
    let later = start + Duration::from_secs(60);
    let taken = (0..10).take_while(|_| bucket.take(RATE, later).is_ok()).count();
    assert_eq!(taken, 3, "a pause gives no more than the burst");
}

#[test]
fn a_charged_bucket_owes_its_tokens_up_to_a_limit() {
    let start = Instant::now();
    let mut bucket = TokenBucket::full(start);
    for _ in 0..5 {
        bucket.charge(RATE, start);
    }
    assert_eq!(bucket.check(RATE, start), Err(Duration::from_millis(300)), "two owed, and one");
    for _ in 0..100 {
        bucket.charge(RATE, start);
    }
    assert_eq!(bucket.check(RATE, start), Err(Duration::from_millis(400)));
    assert_eq!(bucket.check(RATE, start + Duration::from_millis(400)), Ok(()));
}

#[test]
fn a_token_that_is_given_back_can_be_taken_again() {
    let start = Instant::now();
    let mut bucket = TokenBucket::full(start);
    for _ in 0..RATE.burst {
        bucket.take(RATE, start).unwrap();
    }
    assert!(bucket.take(RATE, start).is_err());
    bucket.give_back(RATE);
    bucket.take(RATE, start).unwrap();
    assert!(bucket.take(RATE, start).is_err());
    // A full bucket has no more tokens for it.
    let mut full = TokenBucket::full(start);
    full.give_back(RATE);
    for _ in 0..RATE.burst {
        full.take(RATE, start).unwrap();
    }
    assert!(full.take(RATE, start).is_err());
}

#[test]
fn keys_do_not_share_and_full_buckets_are_dropped() {
    let buckets = KeyedBuckets::new(Some(RATE));
    let start = Instant::now();
    for key in 0..1000 {
        assert_eq!(buckets.take_at(key, start), Ok(()));
    }
    for later in [1, 2] {
        let now = start + later * refill_time(RATE);
        assert_eq!(buckets.take_at(1000, now), Ok(()));
    }
    assert_eq!(buckets.buckets.lock().unwrap().len(), 1);
    let slow = KeyedBuckets::new(Some(Rate { per: Duration::from_secs(1000), ..RATE }));
    for _ in 0..3 {
        assert_eq!(slow.take("ada"), Ok(()));
    }
    assert!(slow.take("ada").is_err());
    assert_eq!(slow.take("bo"), Ok(()));
    assert!((0..10).all(|_| KeyedBuckets::new(None).take("ada").is_ok()));
}

/// One call of a bucket.
#[derive(Clone, Copy, Debug)]
enum Call {
    Take,
    GiveBack,
    Charge,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![Just(Call::Take), Just(Call::GiveBack), Just(Call::Charge)]
}

/// Buckets without a bound.
#[derive(Default)]
struct Unbounded(HashMap<u16, TokenBucket>);

impl Unbounded {
    fn call(&mut self, call: Call, key: u16, now: Instant) -> Result<(), Duration> {
        let bucket = self.0.entry(key).or_insert(TokenBucket::full(now));
        match call {
            Call::Take => bucket.take(RATE, now),
            Call::GiveBack => {
                bucket.give_back(RATE);
                Ok(())
            }
            Call::Charge => {
                bucket.charge(RATE, now);
                Ok(())
            }
        }
    }
}

fn call_bounded(
    buckets: &KeyedBuckets<u16>,
    call: Call,
    key: u16,
    now: Instant,
) -> Result<(), Duration> {
    match call {
        Call::Take => buckets.take_at(key, now),
        Call::GiveBack => {
            buckets.give_back_at(key, now);
            Ok(())
        }
        Call::Charge => {
            buckets.charge_at(key, now);
            Ok(())
        }
    }
}

proptest! {
    /// Forgetting full buckets changes nothing.
    #[test]
    fn few_keys_are_limited_as_without_a_bound(
        calls in prop::collection::vec((call(), 0_u16..20, 0_u64..400), 1..400),
    ) {
        let (bounded, mut unbounded) =
            (KeyedBuckets::with_capacity(Some(RATE), 40), Unbounded::default());
        let mut now = Instant::now();
        for (call, key, pause) in calls {
            now += Duration::from_millis(pause);
            prop_assert_eq!(
                call_bounded(&bounded, call, key, now),
                unbounded.call(call, key, now),
                "{:?} {}", call, key
            );
        }
    }

    /// A flood of keys neither locks a new key out nor gives tokens to one that keeps trying.
    #[test]
    fn a_flood_of_keys_changes_nothing_for_others(
        others in prop::collection::vec(0_u16..19, 1..200),
    ) {
        const CAPACITY: usize = 40;
        let (bounded, mut unbounded) =
            (KeyedBuckets::with_capacity(Some(RATE), CAPACITY), Unbounded::default());
        let (now, trying, mut fresh) = (Instant::now(), 0, 1);
        for others in others {
            prop_assert_eq!(
                bounded.take_at(trying, now),
                unbounded.call(Call::Take, trying, now)
            );
            for _ in 0..others {
                prop_assert_eq!(bounded.take_at(fresh, now), Ok(()), "never locked out");
                fresh += 1;
            }
            prop_assert!(bounded.buckets.lock().unwrap().len() <= CAPACITY);
        }
    }
}
