//! Carries a plan out: users, their tabs and their plain clients, and the server in a process of its own.

use std::{collections::BTreeMap, process::Command, rc::Rc, time::Duration};

use app::state::{room::Phase, updates::UpdateKind};
use protocol::{
    ChatDelete, ChatEdit, ChatReact, History, MessageId, OpId, Read, Request, RoomId, Typing,
    http::NewMember,
};
use reqwest::{Method, StatusCode};
use tempfile::TempDir;

use crate::{
    check,
    cluster::{self, TestCluster},
    control::{Control, DirectClient},
    faulty_proxy::{self, FaultyProxy},
    plan::{Plan, Step},
    process::{self, Template},
    random::Random,
    scenario::{Op, Scenario},
    scripted_client::ScriptedClient,
    tab::{Device, Tab},
};

/// How long a plan waits for more to be read at most.
const AWAITED: Duration = Duration::from_millis(20);
/// Whose the clients are that observe.
pub(crate) const OBSERVING_USER: usize = 0;
const EMOJI: [&str; 2] = ["👍", "🎉"];

pub(crate) struct Driver {
    pub(crate) scenario: Rc<Scenario>,
    pub(crate) tabs: Vec<Rc<Tab>>,
    /// One of each user.
    pub(crate) clients: Vec<Rc<ScriptedClient>>,
    /// One of each room.
    pub(crate) observers: Vec<Rc<ScriptedClient>>,
    pub(crate) cluster: TestCluster,
    backup: Option<Backup>,
    random: Random,
    http: reqwest::Client,
}

/// What was acknowledged before a backup began has to be in it.
struct Backup {
    folder: TempDir,
    messages: BTreeMap<MessageId, u64>,
    ops: BTreeMap<OpId, u64>,
}

fn proxy_options(random: &mut Random) -> faulty_proxy::ProxyOptions {
    let slow = random.chance(20);
    faulty_proxy::ProxyOptions {
        chunk: if slow { 8192 } else { [100, 1000, 4096, 16384][random.below(4)] },
        delay_ms: u64::from(slow) * (1 + random.next() % 3),
        resets: random.chance(50),
    }
}

impl Driver {
    pub(crate) async fn new(
        template: &Template,
        plan: &Plan,
        mut random: Random,
    ) -> Result<Self, String> {
        let users = template.users[..plan.users].to_vec();
        let cluster = TestCluster::make(template).await;
        let scenario = Rc::new(Scenario::new(
            users,
            template.rooms[..plan.rooms].to_vec(),
            Rc::clone(&cluster.addresses),
        ));
        let mut control = || Control::new(proxy_options(&mut random), &scenario);
        let devices: Vec<[Device; 2]> = (0..plan.users).map(|_| <[Device; 2]>::default()).collect();
        let tabs: Vec<_> = plan
            .tabs
            .iter()
            .enumerate()
            .map(|(number, (user, device))| {
                let name = format!("tab {number} of {}", scenario.users[*user].profile.username);
                Tab::new(&scenario, name, *user, control(), devices[*user][*device].clone())
            })
            .collect();
        let clients: Vec<_> = (0..plan.users)
            .map(|user| {
                let name = format!("{}'s client", scenario.users[user].profile.username);
                ScriptedClient::new(&scenario, name, user, control(), None)
            })
            .collect();
        let observers: Vec<_> = (0..plan.rooms)
            .map(|room| {
                let name = format!("observer of {}", scenario.rooms[room].1);
                ScriptedClient::new(
                    &scenario,
                    name,
                    OBSERVING_USER,
                    control(),
                    Some(scenario.rooms[room].0),
                )
            })
            .collect();
        let mut driver = Self {
            scenario,
            tabs,
            clients,
            observers,
            cluster,
            backup: None,
            random,
            http: reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap(),
        };
        driver.cluster.start().await?;
        for tab in &driver.tabs {
            tokio::task::spawn_local(Rc::clone(tab).run());
        }
        for client in driver.clients.iter().chain(&driver.observers) {
            tokio::task::spawn_local(Rc::clone(client).run());
        }
        Ok(driver)
    }

    async fn begin(&self) -> Result<(), String> {
        self.cluster.wait_connected(&self.http).await?;
        self.wait_until_settled().await
    }

    /// One of the nodes.
    fn any_node(&mut self) -> usize {
        if self.cluster.is_clustered() { self.random.below(1 << 20) } else { 0 }
    }

    fn controls(&self) -> Vec<&Control> {
        let clients = self.clients.iter().chain(&self.observers).map(|client| &client.control);
        self.tabs.iter().map(|tab| &tab.control).chain(clients).collect()
    }

    fn control(&self, number: usize) -> &Control {
        let controls = self.controls();
        controls[number % controls.len()]
    }

    fn tab(&self, number: usize) -> &Tab {
        &self.tabs[number % self.tabs.len()]
    }

    fn client(&self, number: usize) -> &ScriptedClient {
        &self.clients[number % self.clients.len()]
    }

    fn room(&self, number: usize) -> RoomId {
        self.scenario.rooms[number % self.scenario.rooms.len()].0
    }

    /// A message that was acknowledged, written by that user or anybody.
    fn message(&self, number: usize, by: Option<usize>) -> Option<(MessageId, RoomId)> {
        let record = self.scenario.record.borrow();
        let known: Vec<_> = record
            .acked
            .range((record.era, MessageId(uuid::Uuid::nil()))..)
            .filter_map(|((_, id), _)| Some((*id, record.written.get(id)?)))
            .filter(|(_, written)| by.is_none_or(|by| by == written.user))
            .map(|(id, written)| (id, written.room))
            .collect();
        (!known.is_empty()).then(|| known[number % known.len()])
    }

    fn text(&mut self, mention: Option<usize>) -> String {
        let word = self.random.next() % 1_000_000;
        let mention = mention
            .map(|user| &self.scenario.users[user % self.scenario.users.len()].profile.username);
        mention.map_or_else(|| format!("text {word}"), |name| format!("text {word} for @{name}"))
    }

    pub(crate) async fn take(&mut self, step: Step) -> Result<(), String> {
        self.cluster.step().await?;
        match step {
            Step::Write { tab, room, count, mention } => {
                let opened = self.tab(tab).with_model(|model| {
                    let mut opened: Vec<_> = model.open_rooms.keys().copied().collect();
                    opened.sort_unstable();
                    opened
                });
                let Some(opened) = opened.filter(|opened| !opened.is_empty()) else {
                    return Ok(());
                };
                let room = opened[room % opened.len()];
                for _ in 0..count {
                    let (id, text) = (self.random.uuid(), self.text(mention));
                    self.tab(tab).write(room, id, text);
                }
            }
            Step::WriteLarge { user, room, count } => {
                let (room, text) = (self.room(room), "🦀".repeat(10_000));
                self.scenario.record.borrow_mut().large.insert(room);
                self.chats(user, room, count, &text);
            }
            Step::WriteMany { user, room, count } => {
                self.chats(user, self.room(room), count, "one of many")
            }
            Step::Edit { user, message, mention } => {
                let user = user % self.clients.len();
                let Some((id, room)) = self.message(message, Some(user)) else { return Ok(()) };
                let text = self.text(mention);
                let op = self.op(room, id, "edit", Some(text.clone()));
                self.client(user).ask(Request::ChatEdit(ChatEdit {
                    room: Some(room.into()),
                    id,
                    op,
                    text,
                }));
            }
            Step::Delete { user, message } => {
                let user = user % self.clients.len();
                let Some((id, room)) = self.message(message, (user > 0).then_some(user)) else {
                    return Ok(());
                };
                let op = self.op(room, id, "delete", None);
                self.client(user).ask(Request::ChatDelete(ChatDelete {
                    room: Some(room.into()),
                    id,
                    op,
                }));
            }
            Step::React { user, message, emoji, on } => {
                let Some((id, room)) = self.message(message, None) else { return Ok(()) };
                let emoji = EMOJI[emoji];
                let op = self.op(room, id, emoji, None);
                let request =
                    ChatReact { room: Some(room.into()), id, op, emoji: emoji.into(), on };
                self.client(user).ask(Request::ChatReact(request));
            }
            Step::Read { user, room, back } => {
                let seq = self.last(room).saturating_sub(back as u64);
                self.client(user)
                    .ask(Request::Read(Read { room: Some(self.room(room).into()), seq }));
            }
            Step::Page { user, room, cursor, seq } => {
                let (last, room) = (self.last(room), Some(self.room(room).into()));
                let (seq, limit) = (Some(seq as u64 % (last + 2)), Some(1 + seq as u64 % 20));
                let history = match cursor {
                    0 => History { room, before: seq, limit, ..History::default() },
                    1 => History { room, after: seq, limit, ..History::default() },
                    2 => History { room, around: seq, limit, ..History::default() },
                    _ => History { room, ..History::default() },
                };
                self.client(user).ask(Request::History(history));
            }
            Step::Typing { user, room } => {
                // Nobody answers it, and so nobody waits for it: it goes with what is asked next.
                let typing = Typing { room: Some(self.room(room).into()) };
                self.client(user).signal(Request::Typing(typing));
            }
            Step::Open { tab, room } => self.tab(tab).open(self.room(room)),
            Step::Look { tab, present } => {
                self.tab(tab).update(|model| {
                    if let Some(room) = model.open {
                        model.set_at_end(room, present);
                    }
                });
            }
            Step::Change { tab, message, kind } => self.change_on_page(tab, message, kind),
            Step::Older { tab } => {
                self.tab(tab).update(|model| {
                    if let Some(chat) = model.open.and_then(|room| model.open_rooms.get_mut(&room))
                    {
                        chat.log.wants_older |= chat.log.has_more;
                    }
                });
            }
            Step::Sleep { tab } => self.tab(tab).control.asleep.set(true),
            Step::Wake { tab } => {
                self.tab(tab).control.asleep.set(false);
                self.tab(tab).control.wake.notify_one();
            }
            Step::Reload { tab } => self.tab(tab).reload(),
            Step::Cut { proxy } => self.control(proxy).proxy.cut(),
            Step::Disconnect { proxy } => self.control(proxy).proxy.disconnect(),
            Step::Stall { proxy, up, down } => self.control(proxy).proxy.stall(up, down),
            Step::BlackHole { proxy } => self.control(proxy).proxy.black_hole(),
            Step::Heal { proxy } => self.control(proxy).heal(),
            Step::Restart => {
                let node = self.any_node();
                self.cluster.end(node).await?;
                self.cluster.step().await?;
            }
            Step::Kill { down_for } => {
                let node = self.any_node();
                self.cluster.kill(node, down_for);
            }
            Step::KillOnAck { user, room, count } => self.kill_on_ack(user, room, count).await,
            Step::CutRedis { node } => {
                self.cluster.redis_proxy(node).into_iter().for_each(FaultyProxy::cut)
            }
            Step::DisconnectRedis { node } => {
                self.cluster.redis_proxy(node).into_iter().for_each(FaultyProxy::disconnect)
            }
            Step::StallRedis { node } => {
                self.cluster.redis_proxy(node).into_iter().for_each(|proxy| proxy.stall(true, true))
            }
            Step::KillRedis => self.cluster.kill_redis(),
            Step::CutDatabase { node } => {
                self.cluster.database_proxy(node).into_iter().for_each(FaultyProxy::cut)
            }
            Step::DisconnectDatabase { node } => {
                self.cluster.database_proxy(node).into_iter().for_each(FaultyProxy::disconnect)
            }
            Step::Suspend { node } => {
                self.cluster.process(node).into_iter().for_each(|process| process.suspend(true))
            }
            Step::HealNodes => self.cluster.heal(),
            // Who is in the private room, and which history it is, is told to other nodes a little later.
            Step::Remove { .. } | Step::Add { .. } | Step::Backup | Step::Restore
                if self.cluster.is_clustered() => {}
            Step::Remove { user } => self.remove(user % self.clients.len()).await?,
            Step::Add { user } => self.add(user % self.clients.len()).await?,
            Step::Backup => self.back_up().await?,
            Step::Restore => self.restore().await?,
            Step::Pause { ms } => tokio::time::sleep(Duration::from_millis(ms as u64)).await,
            Step::Await { frames } => {
                let until = self.scenario.record.borrow().frames + frames as u64;
                let enough = self
                    .scenario
                    .wait_until(|| self.scenario.record.borrow().frames >= until, String::new);
                if let Ok(failed) = tokio::time::timeout(AWAITED, enough).await {
                    failed?;
                }
            }
        }
        // Whoever was woken does something before the next step, or does not.
        if self.random.chance(50) {
            tokio::task::yield_now().await;
        }
        self.scenario.check()
    }

    fn change_on_page(&mut self, tab: usize, message: usize, kind: usize) {
        let own = kind < 4;
        let known = self.tab(tab).with_model(|model| {
            let (room, me) = (model.open?, model.me.id);
            let messages = &model.open_rooms.get(&room)?.log.messages;
            let fits = |message: &&protocol::Message| {
                !message.deleted && (!own || message.sender.id == me)
            };
            let known: Vec<_> = messages.iter().filter(fits).map(|message| message.id).collect();
            (!known.is_empty()).then(|| (room, known[message % known.len()]))
        });
        let Some(Some((room, id))) = known else { return };
        let emoji = EMOJI[kind % 2];
        let (name, text, kind) = match kind {
            0..=2 => {
                let text = self.text(None);
                ("edit", Some(text.clone()), UpdateKind::Edit(text))
            }
            3 => ("delete", None, UpdateKind::Delete),
            kind => (emoji, None, UpdateKind::React { emoji: emoji.into(), on: kind < 7 }),
        };
        let at = self.scenario.next_timestamp();
        if let Some(op) = self.op(room, id, name, text) {
            self.tab(tab).update(|model| model.update(op, room, id, kind, at));
        }
    }

    fn chats(&mut self, user: usize, room: RoomId, count: usize, text: &str) {
        for _ in 0..count {
            let id = self.random.uuid();
            self.client(user).chat(room, id, text.to_owned());
        }
    }

    fn op(
        &mut self,
        room: RoomId,
        message: MessageId,
        kind: &str,
        text: Option<String>,
    ) -> Option<OpId> {
        let op = OpId(self.random.uuid());
        self.scenario
            .record
            .borrow_mut()
            .ops
            .insert(op, Op { room, message, kind: kind.into(), text });
        Some(op)
    }

    /// How far a room has come, as its observer knows it.
    fn last(&self, room: usize) -> u64 {
        self.observers[room % self.observers.len()].observed.borrow().last.unwrap_or_default()
    }

    async fn kill_on_ack(&mut self, user: usize, room: usize, count: usize) {
        let node = self.any_node();
        let (room, Some(process)) = (self.room(room), self.cluster.process(node)) else { return };
        self.scenario.record.borrow_mut().kill_on_ack = Some(process.id());
        for number in 0..4 {
            self.chats(
                user + number,
                room,
                count.div_ceil(4),
                "written while the server is killed",
            );
        }
        let killed = || self.scenario.record.borrow().kill_on_ack.is_none();
        let killed = self.scenario.wait_until(killed, String::new);
        let _ = tokio::time::timeout(AWAITED, killed).await;
        self.scenario.record.borrow_mut().kill_on_ack = None;
        self.cluster.kill(node, 0);
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<NewMember>,
    ) -> Result<StatusCode, String> {
        let address = self.scenario.servers.next().ok_or("no server")?;
        let request = self.http.request(method, format!("http://{address}{path}"));
        let request = request.bearer_auth(&self.scenario.users[0].token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        request.send().await.map(|answer| answer.status()).map_err(|error| error.to_string())
    }

    /// The end of the private room's log now.
    async fn private_end(&self) -> Result<u64, String> {
        let mut direct =
            DirectClient::connect(&self.scenario, "the plan", 0).await.ok_or("no connection")?;
        let rooms = direct.rooms().await.ok_or("no answer to rooms")?;
        Ok(rooms
            .iter()
            .find(|room| room.id == self.scenario.private)
            .ok_or("the private room is not there")?
            .seq)
    }

    /// The owner removes somebody from the private room.
    async fn remove(&mut self, user: usize) -> Result<(), String> {
        if user == 0 || self.scenario.is_absent(user) {
            return Ok(());
        }
        self.cluster.start().await?;
        let id = self.scenario.users[user].profile.id;
        let status =
            self.call(Method::DELETE, &format!("/api/rooms/secret/members/{id}"), None).await?;
        if status != StatusCode::NO_CONTENT {
            return Err(format!("removing somebody: {status}"));
        }
        // From here on nothing new reaches that user; what came up to here may.
        let end = self.private_end().await?;
        self.scenario.record.borrow_mut().absent.insert(id, end);
        let mut direct = DirectClient::connect(&self.scenario, "a removed user", user)
            .await
            .ok_or("no connection")?;
        let rooms = direct.rooms().await.ok_or("no answer to rooms")?;
        if rooms.iter().any(|room| room.id == self.scenario.private) {
            return Err("a removed user sees the private room".into());
        }
        Ok(())
    }

    async fn add(&mut self, user: usize) -> Result<(), String> {
        if !self.scenario.is_absent(user) {
            return Ok(());
        }
        self.cluster.start().await?;
        let id = self.scenario.users[user].profile.id;
        let end = self.private_end().await?;
        {
            let mut record = self.scenario.record.borrow_mut();
            if let Some(from) = record.absent.remove(&id) {
                let era = record.era;
                record.absences.push((id, era, from, end));
            }
        }
        let body = NewMember { user: id.to_string() };
        let status = self.call(Method::POST, "/api/rooms/secret/members", Some(body)).await?;
        if status == StatusCode::NO_CONTENT {
            Ok(())
        } else {
            Err(format!("adding somebody: {status}"))
        }
    }

    async fn back_up(&mut self) -> Result<(), String> {
        // Who is in the private room is a matter of the backup, too: with everybody in it, nothing has to be said of it.
        if !self.scenario.record.borrow().absent.is_empty() {
            return Ok(());
        }
        let folder = process::folder();
        let (messages, ops) = must_be_there(&self.scenario);
        let mut command = Command::new(process::program());
        command.args(["backup", "--data-dir"]).arg(self.cluster.data()).arg(folder.path());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        if !output.status.success() {
            return Err(format!("the backup failed: {output:?}"));
        }
        self.backup = Some(Backup { folder, messages, ops });
        Ok(())
    }

    async fn restore(&mut self) -> Result<(), String> {
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

    /// What is not as it should be once nothing disturbs it any more.
    fn unsettled(&self, clients: &[Rc<ScriptedClient>], tabs: &[Rc<Tab>]) -> Option<String> {
        let tabs = tabs.iter().filter_map(|tab| Some((&tab.name, tab.unsettled()?)));
        let clients = clients.iter().filter_map(|client| Some((&client.name, client.unsettled()?)));
        let unsettled: Vec<_> =
            tabs.chain(clients).map(|(name, why)| format!("{name} {why}")).collect();
        (!unsettled.is_empty()).then(|| unsettled.join("\n"))
    }

    fn all_unsettled(&self) -> Option<String> {
        self.unsettled(&self.clients, &self.tabs).or_else(|| self.unsettled(&self.observers, &[]))
    }

    async fn wait_until_settled(&self) -> Result<(), String> {
        let is_so = || self.all_unsettled().is_none();
        self.scenario
            .wait_until(is_so, || format!("it did not settle: {:?}", self.all_unsettled()))
            .await
    }

    /// Heals all, waits until all have come to rest, and looks whether all is as it should be.
    pub(crate) async fn end(&mut self) -> Result<(), String> {
        self.cluster.heal();
        self.cluster.start().await?;
        for tab in &self.tabs {
            tab.control.asleep.set(false);
        }
        for control in self.controls() {
            control.heal();
            control.proxy.close_black_holes();
        }
        self.cluster.wait_connected(&self.http).await?;
        for _ in 0..5 {
            self.wait_until_settled().await?;
            if !self.retry_refused()? {
                break;
            }
        }
        // Who was let in again sees the room after the page is loaded anew.
        for tab in &self.tabs {
            let refused = tab.with_model(|model| {
                model.open_rooms.values().any(|chat| matches!(chat.phase, Phase::Refused(_)))
            });
            if refused == Some(true) {
                if !self.scenario.was_ever_absent(tab.user) {
                    return Err(format!("{}: a room was refused", tab.name));
                }
                if !self.scenario.is_absent(tab.user) {
                    tab.reload();
                }
            }
        }
        let loaded = || {
            self.tabs.iter().all(|tab| !tab.control.reloads.get()) && self.all_unsettled().is_none()
        };
        self.scenario
            .wait_until(loaded, || format!("it did not settle again: {:?}", self.all_unsettled()))
            .await?;
        check::check(self).await
    }

    /// What was refused goes out again where its room is there again, or is given up. Says whether there was any.
    fn retry_refused(&self) -> Result<bool, String> {
        let mut any = false;
        for tab in &self.tabs {
            for (id, room, why) in tab.failed() {
                any = true;
                if room != self.scenario.private || !self.scenario.was_ever_absent(tab.user) {
                    return Err(format!("{}: {id} was refused: {why}", tab.name));
                }
                self.scenario.record.borrow_mut().refused.insert(id, why);
                tab.update(|model| {
                    if self.scenario.is_absent(tab.user) {
                        model.outbox.remove(id)
                    } else {
                        model.outbox.retry(id)
                    }
                });
            }
        }
        Ok(any)
    }
}

/// What was acknowledged in the present history.
pub(crate) fn must_be_there(
    scenario: &Scenario,
) -> (BTreeMap<MessageId, u64>, BTreeMap<OpId, u64>) {
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

/// Carries out what follows from that seed; says what went wrong.
pub(crate) async fn run(
    template: &Template,
    seed: u64,
) -> Result<BTreeMap<&'static str, u64>, String> {
    let mut random = Random::new(seed);
    let plan = Plan::of(&mut random, cluster::count());
    let mut driver = Driver::new(template, &plan, random).await?;
    let mut taken = 0;
    let result = async {
        driver.begin().await?;
        for step in &plan.steps {
            driver.take(*step).await?;
            taken += 1;
        }
        driver.end().await
    };
    let result = result.await;
    let Err(what) = result else {
        return Ok(std::mem::take(&mut driver.scenario.record.borrow_mut().counts));
    };
    Err(report(&driver, &plan, taken, &what))
}

fn report(driver: &Driver, plan: &Plan, taken: usize, what: &str) -> String {
    use std::fmt::Write as _;
    let mut text =
        format!("{what}\n\n{} users, {} rooms, tabs {:?}\n", plan.users, plan.rooms, plan.tabs);
    for (number, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "{} {step:?}", if number < taken { " " } else { "-" });
    }
    let record = driver.scenario.record.borrow();
    for (name, trace) in record.traces.iter().filter(|(name, _)| what.contains(name.as_str())) {
        let _ = writeln!(text, "\n{name}:\n{}", trace.lines().join("\n"));
    }
    let _ = writeln!(text, "\nThe server's log:\n{}", driver.cluster.log().join("\n"));
    text
}
