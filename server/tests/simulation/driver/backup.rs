//! Backups and their restore.

use std::{collections::BTreeMap, process::Command};

use protocol::{MessageId, OpId};
use tempfile::TempDir;

use super::Driver;
use crate::{process, scenario::Scenario};

/// A backup, and everything that was acknowledged before it began and must therefore be part of it.
pub(super) struct Backup {
    folder: TempDir,
    messages: BTreeMap<MessageId, u64>,
    ops: BTreeMap<OpId, u64>,
}

/// Returns everything that was acknowledged in the current epoch.
pub(crate) fn must_exist(scenario: &Scenario) -> (BTreeMap<MessageId, u64>, BTreeMap<OpId, u64>) {
    let record = scenario.record.borrow();
    let (mut messages, mut ops) = (record.kept.clone(), record.kept_ops.clone());
    messages.extend(
        record
            .acked
            .iter()
            .filter(|((era, _), _)| *era == record.era)
            .map(|((_, id), seq)| (*id, *seq)),
    );
    ops.extend(
        record
            .acked_ops
            .iter()
            .filter(|((era, _), _)| *era == record.era)
            .map(|((_, op), seq)| (*op, *seq)),
    );
    (messages, ops)
}

impl Driver {
    pub(super) async fn back_up(&mut self) -> Result<(), String> {
        // A backup also contains the members of the private room. Only back up while all users are
        // members.
        if !self.scenario.record.borrow().absent.is_empty() {
            return Ok(());
        }
        let folder = process::folder();
        let (messages, ops) = must_exist(&self.scenario);
        let mut command = Command::new(process::program());
        command.args(["backup", "--data-dir"]).arg(self.cluster.data()).arg(folder.path());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        if !output.status.success() {
            return Err(format!("the backup failed: {output:?}"));
        }
        self.backup = Some(Backup { folder, messages, ops });
        Ok(())
    }

    pub(super) async fn restore(&mut self) -> Result<(), String> {
        let Some(Backup { folder, messages, ops }) = self.backup.take() else { return Ok(()) };
        let absent: Vec<_> =
            (0..self.scenario.users.len()).filter(|user| self.scenario.is_absent(*user)).collect();
        for user in absent {
            self.add(user).await?;
        }
        self.cluster.restore(folder.path());
        {
            let mut record = self.scenario.record.borrow_mut();
            record.era += 1;
            (record.kept, record.kept_ops) = (messages, ops);
            record.counts.entry("restored").and_modify(|count| *count += 1).or_insert(1);
        }
        self.cluster.start().await
    }
}
