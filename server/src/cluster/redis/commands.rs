//! Commands of the other parts of the server, over the present connection.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{FromRedisValue, RedisError, ScriptInvocation, cmd};

use super::connection::RedisConnection;

/// Redis is disconnected, or did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

/// Sends commands to Redis while it is connected. Cheap to clone.
#[derive(Clone, Default)]
pub struct RedisClient(Arc<Mutex<Option<RedisConnection>>>);

impl fmt::Debug for RedisClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisClient").field(&self.is_connected()).finish()
    }
}

impl RedisClient {
    /// Returns whether Redis is connected.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection().is_ok()
    }

    pub(in crate::cluster) fn set_connection(&self, connection: Option<RedisConnection>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    fn connection(&self) -> Result<RedisConnection, Unavailable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Unavailable)
    }

    /// Stores a value until its time to live has passed.
    ///
    /// # Errors
    /// Returns [`Unavailable`] if Redis does not answer.
    pub async fn set_with_ttl(
        &self,
        key: &str,
        value: &str,
        ttl: Duration,
    ) -> Result<(), Unavailable> {
        let mut command = cmd("SET");
        command
            .arg(key)
            .arg(value)
            .arg("PX")
            .arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        command.exec_async(&mut self.connection()?).await.map_err(unavailable)
    }

    /// Removes a value and returns it. Of several callers, one receives it.
    ///
    /// # Errors
    /// Returns [`Unavailable`] if Redis does not answer.
    pub async fn get_and_delete(&self, key: &str) -> Result<Option<String>, Unavailable> {
        cmd("GETDEL").arg(key).query_async(&mut self.connection()?).await.map_err(unavailable)
    }

    /// Runs a script and returns its result.
    pub(in crate::cluster) async fn invoke<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Unavailable> {
        script.invoke_async(&mut self.connection()?).await.map_err(unavailable)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes the error by value")]
fn unavailable(error: RedisError) -> Unavailable {
    tracing::warn!(%error, "a Redis command failed");
    Unavailable
}
