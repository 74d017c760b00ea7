//! Carries a plan out: people, their tabs and their plain clients, and the server in a process of its own.

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
    control::{Control, Direct},
    hand::Hand,
    line::{self, Line},
    nodes::{self, Nodes},
    plan::{Plan, Step},
    process::{self, Template},
    random::Random,
    tab::{Device, Tab},
    world::{Op, World},
};

/// How long a plan waits for more to be read at most.
const AWAITED: Duration = Duration::from_millis(20);
/// Whose the clients are that observe.
pub(crate) const OBSERVER: usize = 0;
const EMOJI: [&str; 2] = ["👍", "🎉"];

pub(crate) struct Driver {
    pub(crate) world: Rc<World>,
    pub(crate) tabs: Vec<Rc<Tab>>,
    /// One of each person.
    pub(crate) hands: Vec<Rc<Hand>>,
    /// One of each room.
    pub(crate) observers: Vec<Rc<Hand>>,
    pub(crate) nodes: Nodes,
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

fn kind(random: &mut Random) -> line::Kind {
    let slow = random.chance(20);
    line::Kind {
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
        let people = template.people[..plan.people].to_vec();
        let nodes = Nodes::make(template).await;
        let world = Rc::new(World::new(
            people,
            template.rooms[..plan.rooms].to_vec(),
            Rc::clone(&nodes.addresses),
        ));
        let mut control = || Control::new(kind(&mut random), &world);
        let devices: Vec<[Device; 2]> =
            (0..plan.people).map(|_| <[Device; 2]>::default()).collect();
        let tabs: Vec<_> = plan
            .tabs
            .iter()
            .enumerate()
            .map(|(number, (person, device))| {
                let name = format!("tab {number} of {}", world.people[*person].user.username);
                Tab::new(&world, name, *person, control(), devices[*person][*device].clone())
            })
            .collect();
        let hands: Vec<_> = (0..plan.people)
            .map(|person| {
                let name = format!("{}'s hand", world.people[person].user.username);
                Hand::new(&world, name, person, control(), None)
            })
            .collect();
        let observers: Vec<_> = (0..plan.rooms)
            .map(|room| {
                let name = format!("observer of {}", world.rooms[room].1);
                Hand::new(&world, name, OBSERVER, control(), Some(world.rooms[room].0))
            })
            .collect();
        let mut driver = Self {
            world,
            tabs,
            hands,
            observers,
            nodes,
            backup: None,
            random,
            http: reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap(),
        };
        driver.nodes.start().await?;
        for tab in &driver.tabs {
            tokio::task::spawn_local(Rc::clone(tab).run());
        }
        for hand in driver.hands.iter().chain(&driver.observers) {
            tokio::task::spawn_local(Rc::clone(hand).run());
        }
        Ok(driver)
    }

    async fn begin(&self) -> Result<(), String> {
        self.nodes.are_together(&self.http).await?;
        self.wait_until_settled().await
    }

    /// One of the nodes.
    fn any_node(&mut self) -> usize {
        if self.nodes.are_many() { self.random.below(1 << 20) } else { 0 }
    }

    fn controls(&self) -> Vec<&Control> {
        let hands = self.hands.iter().chain(&self.observers).map(|hand| &hand.control);
        self.tabs.iter().map(|tab| &tab.control).chain(hands).collect()
    }

    fn control(&self, number: usize) -> &Control {
        let controls = self.controls();
        controls[number % controls.len()]
    }

    fn tab(&self, number: usize) -> &Tab {
        &self.tabs[number % self.tabs.len()]
    }

    fn hand(&self, number: usize) -> &Hand {
        &self.hands[number % self.hands.len()]
    }

    fn room(&self, number: usize) -> RoomId {
        self.world.rooms[number % self.world.rooms.len()].0
    }

    /// A message that was acknowledged, written by that person or anybody.
    fn message(&self, number: usize, by: Option<usize>) -> Option<(MessageId, RoomId)> {
        let record = self.world.record.borrow();
        let known: Vec<_> = record
            .acked
            .range((record.era, MessageId(uuid::Uuid::nil()))..)
            .filter_map(|((_, id), _)| Some((*id, record.written.get(id)?)))
            .filter(|(_, written)| by.is_none_or(|by| by == written.person))
            .map(|(id, written)| (id, written.room))
            .collect();
        (!known.is_empty()).then(|| known[number % known.len()])
    }

    fn text(&mut self, mention: Option<usize>) -> String {
        let word = self.random.next() % 1_000_000;
        let mention = mention
            .map(|person| &self.world.people[person % self.world.people.len()].user.username);
        mention.map_or_else(|| format!("text {word}"), |name| format!("text {word} for @{name}"))
    }

    pub(crate) async fn take(&mut self, step: Step) -> Result<(), String> {
        self.nodes.step().await?;
        match step {
            Step::Write { tab, room, count, mention } => {
                let opened = self.tab(tab).look(|model| {
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
            Step::WriteMuch { person, room, count } => {
                let (room, text) = (self.room(room), "🦀".repeat(10_000));
                self.world.record.borrow_mut().large.insert(room);
                self.chats(person, room, count, &text);
            }
            Step::WriteMany { person, room, count } => {
                self.chats(person, self.room(room), count, "one of many")
            }
            Step::Edit { person, message, mention } => {
                let person = person % self.hands.len();
                let Some((id, room)) = self.message(message, Some(person)) else { return Ok(()) };
                let text = self.text(mention);
                let op = self.op(room, id, "edit", Some(text.clone()));
                self.hand(person).ask(Request::ChatEdit(ChatEdit {
                    room: Some(room.into()),
                    id,
                    op,
                    text,
                }));
            }
            Step::Delete { person, message } => {
                let person = person % self.hands.len();
                let Some((id, room)) = self.message(message, (person > 0).then_some(person)) else {
                    return Ok(());
                };
                let op = self.op(room, id, "delete", None);
                self.hand(person).ask(Request::ChatDelete(ChatDelete {
                    room: Some(room.into()),
                    id,
                    op,
                }));
            }
            Step::React { person, message, emoji, on } => {
                let Some((id, room)) = self.message(message, None) else { return Ok(()) };
                let emoji = EMOJI[emoji];
                let op = self.op(room, id, emoji, None);
                let request =
                    ChatReact { room: Some(room.into()), id, op, emoji: emoji.into(), on };
                self.hand(person).ask(Request::ChatReact(request));
            }
            Step::Read { person, room, back } => {
                let seq = self.last(room).saturating_sub(back as u64);
                self.hand(person)
                    .ask(Request::Read(Read { room: Some(self.room(room).into()), seq }));
            }
            Step::Page { person, room, cursor, seq } => {
                let (last, room) = (self.last(room), Some(self.room(room).into()));
                let (seq, limit) = (Some(seq as u64 % (last + 2)), Some(1 + seq as u64 % 20));
                let history = match cursor {
                    0 => History { room, before: seq, limit, ..History::default() },
                    1 => History { room, after: seq, limit, ..History::default() },
                    2 => History { room, around: seq, limit, ..History::default() },
                    _ => History { room, ..History::default() },
                };
                self.hand(person).ask(Request::History(history));
            }
            Step::Typing { person, room } => {
                // Nobody answers it, and so nobody waits for it: it goes with what is asked next.
                let typing = Typing { room: Some(self.room(room).into()) };
                self.hand(person).notice(Request::Typing(typing));
            }
            Step::Open { tab, room } => self.tab(tab).open(self.room(room)),
            Step::Look { tab, present } => {
                self.tab(tab).change(|model| {
                    if let Some(room) = model.open {
                        model.set_at_end(room, present);
                    }
                });
            }
            Step::Change { tab, message, kind } => self.change_on_page(tab, message, kind),
            Step::Older { tab } => {
                self.tab(tab).change(|model| {
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
            Step::Cut { line } => self.control(line).line.cut(),
            Step::GoAway { line } => self.control(line).line.go_away(),
            Step::Stall { line, up, down } => self.control(line).line.stall(up, down),
            Step::FallSilent { line } => self.control(line).line.fall_silent(),
            Step::Heal { line } => self.control(line).heal(),
            Step::Restart => {
                let node = self.any_node();
                self.nodes.end(node).await?;
                self.nodes.step().await?;
            }
            Step::Kill { down_for } => {
                let node = self.any_node();
                self.nodes.kill(node, down_for);
            }
            Step::KillOnAck { person, room, count } => self.kill_on_ack(person, room, count).await,
            Step::CutRedis { node } => self.nodes.redis_line(node).into_iter().for_each(Line::cut),
            Step::LeaveRedis { node } => {
                self.nodes.redis_line(node).into_iter().for_each(Line::go_away)
            }
            Step::StallRedis { node } => {
                self.nodes.redis_line(node).into_iter().for_each(|line| line.stall(true, true))
            }
            Step::KillRedis => self.nodes.kill_redis(),
            Step::CutDatabase { node } => {
                self.nodes.database_line(node).into_iter().for_each(Line::cut)
            }
            Step::LeaveDatabase { node } => {
                self.nodes.database_line(node).into_iter().for_each(Line::go_away)
            }
            Step::Freeze { node } => {
                self.nodes.process(node).into_iter().for_each(|process| process.freeze(true))
            }
            Step::HealNodes => self.nodes.heal(),
            // Who is in the private room, and which history it is, is told to other nodes a little later.
            Step::Remove { .. } | Step::Add { .. } | Step::Backup | Step::Restore
                if self.nodes.are_many() => {}
            Step::Remove { person } => self.remove(person % self.hands.len()).await?,
            Step::Add { person } => self.add(person % self.hands.len()).await?,
            Step::Backup => self.back_up().await?,
            Step::Restore => self.restore().await?,
            Step::Pause { ms } => tokio::time::sleep(Duration::from_millis(ms as u64)).await,
            Step::Await { frames } => {
                let until = self.world.record.borrow().frames + frames as u64;
                let enough = self
                    .world
                    .wait_until(|| self.world.record.borrow().frames >= until, String::new);
                if let Ok(failed) = tokio::time::timeout(AWAITED, enough).await {
                    failed?;
                }
            }
        }
        // Whoever was woken does something before the next step, or does not.
        if self.random.chance(50) {
            tokio::task::yield_now().await;
        }
        self.world.check()
    }

    fn change_on_page(&mut self, tab: usize, message: usize, kind: usize) {
        let own = kind < 4;
        let known = self.tab(tab).look(|model| {
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
        let at = self.world.moment();
        if let Some(op) = self.op(room, id, name, text) {
            self.tab(tab).change(|model| model.update(op, room, id, kind, at));
        }
    }

    fn chats(&mut self, person: usize, room: RoomId, count: usize, text: &str) {
        for _ in 0..count {
            let id = self.random.uuid();
            self.hand(person).chat(room, id, text.to_owned());
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
        self.world
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

    async fn kill_on_ack(&mut self, person: usize, room: usize, count: usize) {
        let node = self.any_node();
        let (room, Some(process)) = (self.room(room), self.nodes.process(node)) else { return };
        self.world.record.borrow_mut().kill_on_ack = Some(process.id());
        for number in 0..4 {
            self.chats(
                person + number,
                room,
                count.div_ceil(4),
                "written while the server is killed",
            );
        }
        let killed = || self.world.record.borrow().kill_on_ack.is_none();
        let killed = self.world.wait_until(killed, String::new);
        let _ = tokio::time::timeout(AWAITED, killed).await;
        self.world.record.borrow_mut().kill_on_ack = None;
        self.nodes.kill(node, 0);
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<NewMember>,
    ) -> Result<StatusCode, String> {
        let address = self.world.servers.next().ok_or("no server")?;
        let request = self.http.request(method, format!("http://{address}{path}"));
        let request = request.bearer_auth(&self.world.people[0].token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        request.send().await.map(|answer| answer.status()).map_err(|error| error.to_string())
    }

    /// The end of the private room's log now.
    async fn private_end(&self) -> Result<u64, String> {
        let mut direct =
            Direct::connect(&self.world, "the plan", 0).await.ok_or("no connection")?;
        let rooms = direct.rooms().await.ok_or("no answer to rooms")?;
        Ok(rooms
            .iter()
            .find(|room| room.id == self.world.private)
            .ok_or("the private room is not there")?
            .seq)
    }

    /// The owner removes somebody from the private room.
    async fn remove(&mut self, person: usize) -> Result<(), String> {
        if person == 0 || self.world.is_absent(person) {
            return Ok(());
        }
        self.nodes.start().await?;
        let user = self.world.people[person].user.id;
        let status =
            self.call(Method::DELETE, &format!("/api/rooms/secret/members/{user}"), None).await?;
        if status != StatusCode::NO_CONTENT {
            return Err(format!("removing somebody: {status}"));
        }
        // From here on nothing new reaches that person; what came up to here may.
        let end = self.private_end().await?;
        self.world.record.borrow_mut().absent.insert(user, end);
        let mut direct = Direct::connect(&self.world, "a removed person", person)
            .await
            .ok_or("no connection")?;
        let rooms = direct.rooms().await.ok_or("no answer to rooms")?;
        if rooms.iter().any(|room| room.id == self.world.private) {
            return Err("a removed person sees the private room".into());
        }
        Ok(())
    }

    async fn add(&mut self, person: usize) -> Result<(), String> {
        if !self.world.is_absent(person) {
            return Ok(());
        }
        self.nodes.start().await?;
        let user = self.world.people[person].user.id;
        let end = self.private_end().await?;
        {
            let mut record = self.world.record.borrow_mut();
            if let Some(from) = record.absent.remove(&user) {
                let era = record.era;
                record.absences.push((user, era, from, end));
            }
        }
        let body = NewMember { user: user.to_string() };
        let status = self.call(Method::POST, "/api/rooms/secret/members", Some(body)).await?;
        if status == StatusCode::NO_CONTENT {
            Ok(())
        } else {
            Err(format!("adding somebody: {status}"))
        }
    }

    async fn back_up(&mut self) -> Result<(), String> {
        // Who is in the private room is a matter of the backup, too: with everybody in it, nothing has to be said of it.
        if !self.world.record.borrow().absent.is_empty() {
            return Ok(());
        }
        let folder = process::folder();
        let (messages, ops) = must_be_there(&self.world);
        let mut command = Command::new(process::program());
        command.args(["backup", "--data-dir"]).arg(self.nodes.data()).arg(folder.path());
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
            (0..self.world.people.len()).filter(|person| self.world.is_absent(*person)).collect();
        for person in absent {
            self.add(person).await?;
        }
        self.nodes.restore(folder.path());
        {
            let mut record = self.world.record.borrow_mut();
            record.era += 1;
            (record.kept, record.kept_ops) = (messages, ops);
            record.counts.entry("restored").and_modify(|count| *count += 1).or_insert(1);
        }
        self.nodes.start().await
    }

    /// What is not as it should be once nothing disturbs it any more.
    fn unsettled(&self, hands: &[Rc<Hand>], tabs: &[Rc<Tab>]) -> Option<String> {
        let tabs = tabs.iter().filter_map(|tab| Some((&tab.name, tab.unsettled()?)));
        let hands = hands.iter().filter_map(|hand| Some((&hand.name, hand.unsettled()?)));
        let unsettled: Vec<_> =
            tabs.chain(hands).map(|(name, why)| format!("{name} {why}")).collect();
        (!unsettled.is_empty()).then(|| unsettled.join("\n"))
    }

    fn all_unsettled(&self) -> Option<String> {
        self.unsettled(&self.hands, &self.tabs).or_else(|| self.unsettled(&self.observers, &[]))
    }

    async fn wait_until_settled(&self) -> Result<(), String> {
        let is_so = || self.all_unsettled().is_none();
        self.world
            .wait_until(is_so, || format!("it did not settle: {:?}", self.all_unsettled()))
            .await
    }

    /// Heals all, waits until all have come to rest, and looks whether all is as it should be.
    pub(crate) async fn end(&mut self) -> Result<(), String> {
        self.nodes.heal();
        self.nodes.start().await?;
        for tab in &self.tabs {
            tab.control.asleep.set(false);
        }
        for control in self.controls() {
            control.heal();
            control.line.end_ghosts();
        }
        self.nodes.are_together(&self.http).await?;
        for _ in 0..5 {
            self.wait_until_settled().await?;
            if !self.settle_refused()? {
                break;
            }
        }
        // Who was let in again sees the room after the page is loaded anew.
        for tab in &self.tabs {
            let refused = tab.look(|model| {
                model.open_rooms.values().any(|chat| matches!(chat.phase, Phase::Refused(_)))
            });
            if refused == Some(true) {
                if !self.world.was_ever_absent(tab.person) {
                    return Err(format!("{}: a room was refused", tab.name));
                }
                if !self.world.is_absent(tab.person) {
                    tab.reload();
                }
            }
        }
        let loaded = || {
            self.tabs.iter().all(|tab| !tab.control.reloads.get()) && self.all_unsettled().is_none()
        };
        self.world
            .wait_until(loaded, || format!("it did not settle again: {:?}", self.all_unsettled()))
            .await?;
        check::check(self).await
    }

    /// What was refused goes out again where its room is there again, or is given up. Says whether there was any.
    fn settle_refused(&self) -> Result<bool, String> {
        let mut any = false;
        for tab in &self.tabs {
            for (id, room, why) in tab.failed() {
                any = true;
                if room != self.world.private || !self.world.was_ever_absent(tab.person) {
                    return Err(format!("{}: {id} was refused: {why}", tab.name));
                }
                self.world.record.borrow_mut().refused.insert(id, why);
                tab.change(|model| {
                    if self.world.is_absent(tab.person) {
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
pub(crate) fn must_be_there(world: &World) -> (BTreeMap<MessageId, u64>, BTreeMap<OpId, u64>) {
    let record = world.record.borrow();
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
    let plan = Plan::of(&mut random, nodes::count());
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
        return Ok(std::mem::take(&mut driver.world.record.borrow_mut().counts));
    };
    Err(tell(&driver, &plan, taken, &what))
}

fn tell(driver: &Driver, plan: &Plan, taken: usize, what: &str) -> String {
    use std::fmt::Write as _;
    let mut text =
        format!("{what}\n\n{} people, {} rooms, tabs {:?}\n", plan.people, plan.rooms, plan.tabs);
    for (number, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "{} {step:?}", if number < taken { " " } else { "-" });
    }
    let record = driver.world.record.borrow();
    for (name, trace) in record.clients.iter().filter(|(name, _)| what.contains(name.as_str())) {
        let _ = writeln!(text, "\n{name}:\n{}", trace.lines().join("\n"));
    }
    let _ = writeln!(text, "\nThe server's log:\n{}", driver.nodes.log().join("\n"));
    text
}
