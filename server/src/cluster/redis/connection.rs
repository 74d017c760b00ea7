//! A connection to Redis, whether that is one server or a cluster of them: there each command goes to the server that
//! has its key, and each channel is heard from the one that has it (sharded pub/sub).

use std::collections::HashMap;

use futures_util::future::try_join_all;
use redis::{
    Arg, Cmd, Pipeline, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
};

/// Takes commands and pipelines. Commands on one key are carried out in their order. Cheap to clone.
#[derive(Clone)]
pub(in crate::cluster) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
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

/// A cluster takes no pipeline whose keys are on several of its servers: one for each key, all at the same time.
async fn by_key(cluster: &ClusterConnection, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
    let mut pipelines: HashMap<&[u8], (Vec<usize>, Pipeline)> = HashMap::new();
    let mut count = 0;
    for (nth, cmd) in pipeline.cmd_iter().enumerate() {
        let key = match cmd.args_iter().nth(1) {
            Some(Arg::Simple(key)) => key,
            _ => &[],
        };
        let (places, commands) = pipelines.entry(key).or_default();
        places.push(nth);
        commands.add_command(cmd.clone());
        count = nth + 1;
    }
    let answers = pipelines.into_values().map(|(places, commands)| {
        let mut cluster = cluster.clone();
        async move {
            let answers = cluster.req_packed_commands(&commands, 0, places.len()).await;
            answers.map(|answers| (answers, places))
        }
    });
    let mut values = vec![Value::Nil; count];
    for (answers, places) in try_join_all(answers).await? {
        for (place, answer) in places.into_iter().zip(answers) {
            values[place] = answer;
        }
    }
    Ok(values)
}
