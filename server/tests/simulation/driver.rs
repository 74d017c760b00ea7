//! Executes a plan: users with their tabs and scripted clients, and the servers in processes of
//! their own.

use std::{collections::BTreeMap, rc::Rc};

use backup::Backup;
use protocol::RoomId;

use crate::{
    cluster::{self, TestCluster},
    control::Control,
    faulty_proxy::ProxyOptions,
    plan::Plan,
    process::Template,
    random::Random,
    scenario::Scenario,
    scripted_client::ScriptedClient,
    tab::{Device, Tab},
};

mod backup;
mod conversations;
mod membership;
mod settle;
mod steps;

pub(crate) use backup::must_exist;
pub(crate) use membership::NO_BODY;

/// The user who is always subscribed to public rooms.
pub(crate) const OBSERVING_USER: usize = 0;
/// The user who has further devices besides the client.
const USER_OF_DEVICES: usize = 1;
/// The devices of that user.
const DEVICES: usize = 3;

pub(crate) struct Driver {
    pub(crate) scenario: Rc<Scenario>,
    pub(crate) tabs: Vec<Rc<Tab>>,
    /// One client per user.
    pub(crate) clients: Vec<Rc<ScriptedClient>>,
    /// The further devices of one user.
    pub(crate) devices: Vec<Rc<ScriptedClient>>,
    /// One observing client per room.
    pub(crate) observers: Vec<Rc<ScriptedClient>>,
    pub(crate) cluster: TestCluster,
    backup: Option<Backup>,
    random: Random,
    http: reqwest::Client,
}

fn proxy_options(random: &mut Random) -> ProxyOptions {
    let slow = random.chance(20);
    ProxyOptions {
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
        let is_here = |(_, people): &&(_, Vec<usize>)| people.iter().all(|user| *user < plan.users);
        let scenario = Rc::new(Scenario::new(
            users,
            template.rooms[..plan.rooms].to_vec(),
            template.directs.iter().filter(is_here).cloned().collect(),
            Rc::clone(&cluster.addresses),
        ));
        let mut control = || Control::new(proxy_options(&mut random), &scenario);
        let devices: Vec<[Device; 3]> = (0..plan.users).map(|_| <[Device; 3]>::default()).collect();
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
        let devices: Vec<_> = (1..DEVICES)
            .map(|number| {
                let name = format!("device {number}");
                ScriptedClient::new(&scenario, name, USER_OF_DEVICES, control(), None)
            })
            .collect();
        let observers: Vec<_> = scenario
            .rooms
            .iter()
            .map(|(room, slug)| {
                let name = format!("observer of {slug}");
                let user = scenario.reader_of(*room);
                ScriptedClient::new(&scenario, name, user, control(), Some(*room))
            })
            .collect();
        let mut driver = Self {
            scenario,
            tabs,
            clients,
            devices,
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
        for client in driver.scripted() {
            tokio::task::spawn_local(Rc::clone(client).run());
        }
        Ok(driver)
    }

    async fn begin(&self) -> Result<(), String> {
        self.cluster.wait_connected(&self.http).await?;
        self.wait_until_settled().await
    }

    /// Returns the number of a random node.
    fn any_node(&mut self) -> usize {
        if self.cluster.is_clustered() { self.random.below(1 << 20) } else { 0 }
    }

    /// Returns all scripted clients.
    fn scripted(&self) -> impl Iterator<Item = &Rc<ScriptedClient>> {
        self.clients.iter().chain(&self.devices).chain(&self.observers)
    }

    fn controls(&self) -> Vec<&Control> {
        let clients = self.scripted().map(|client| &client.control);
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

    /// Returns a device of a user.
    fn device(&self, user: usize, number: usize) -> &ScriptedClient {
        let client = self.client(user);
        let further = if client.user == USER_OF_DEVICES { &*self.devices } else { &[] };
        match number % (further.len() + 1) {
            0 => client,
            number => &further[number - 1],
        }
    }

    fn room(&self, number: usize) -> RoomId {
        self.scenario.rooms[number % self.scenario.rooms.len()].0
    }
}

/// Executes the plan of a seed. Returns the event counts, or a report of the failure.
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
            driver.execute(*step).await?;
            taken += 1;
        }
        driver.heal().await?;
        for step in &plan.last {
            driver.execute(*step).await?;
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
    for (number, step) in plan.steps.iter().chain(&plan.last).enumerate() {
        let _ = writeln!(text, "{} {step:?}", if number < taken { " " } else { "-" });
    }
    let record = driver.scenario.record.borrow();
    for (name, trace) in record.traces.iter().filter(|(name, _)| what.contains(name.as_str())) {
        let _ = writeln!(text, "\n{name}:\n{}", trace.lines().join("\n"));
    }
    let _ = writeln!(text, "\nThe server's log:\n{}", driver.cluster.log().join("\n"));
    text
}
