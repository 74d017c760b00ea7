//! A connection to one Redis server or to a cluster. In a cluster, each command goes to the server
//! that holds its key, and each channel belongs to one server (sharded pub/sub).

use std::collections::HashMap;

use futures_util::future::try_join_all;
use redis::{
    Arg, Cmd, Pipeline, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
};

/// A connection for commands and pipelines. Commands on one key run in order. Cheap to clone.
#[derive(Clone)]
pub(in crate::cluster) enum RedisConnection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for RedisConnection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(server) => server.req_packed_command(cmd),
            Self::Cluster(cluster) => cluster.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(server) => server.req_packed_commands(pipeline, offset, count),
            Self::Cluster(cluster) => Box::pin(by_key(cluster, pipeline)),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(server) => server.get_db(),
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}

/// Splits a pipeline by key and runs the parts concurrently: a cluster refuses a pipeline whose
/// keys are on several servers.
async fn by_key(cluster: &ClusterConnection, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
    let mut parts: HashMap<&[u8], (Vec<usize>, Pipeline)> = HashMap::new();
    let mut count = 0;
    for (position, cmd) in pipeline.cmd_iter().enumerate() {
        let key = match cmd.args_iter().nth(1) {
            Some(Arg::Simple(key)) => key,
            _ => &[],
        };
        let (positions, commands) = parts.entry(key).or_default();
        positions.push(position);
        commands.add_command(cmd.clone());
        count = position + 1;
    }
    let responses = parts.into_values().map(|(positions, commands)| {
        let mut cluster = cluster.clone();
        async move {
            let responses = cluster.req_packed_commands(&commands, 0, positions.len()).await;
            responses.map(|responses| (responses, positions))
        }
    });
    let mut values = vec![Value::Nil; count];
    for (responses, positions) in try_join_all(responses).await? {
        for (position, response) in positions.into_iter().zip(responses) {
            values[position] = response;
        }
    }
    Ok(values)
}
