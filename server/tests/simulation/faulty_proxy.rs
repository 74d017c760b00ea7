//! The way between one client and the servers, which can be cut, stalled in one direction, slow, or silent.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream},
    net::TcpStream,
    sync::watch,
};

/// Bytes on the way on the client's side.
const BUFFER: usize = 64 << 10;

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// No connection can be made, and there is none.
    away: bool,
    /// Nothing passes to the server, but nothing is lost either.
    up_stalled: bool,
    /// The same to the client.
    down_stalled: bool,
    /// What is sent is lost, and nobody is told.
    silent: bool,
    /// Counts the cuts: what was connected before is not any more.
    cuts: u64,
    /// Connections that fell silent end, too.
    over: bool,
}

/// Where the servers are at the other end that are there now. Who connects gets one after the other, as from a balancer.
#[derive(Debug)]
pub(crate) struct Addresses {
    of: RefCell<Vec<Option<SocketAddr>>>,
    turn: Cell<usize>,
}

impl Addresses {
    /// Of so many servers, of which none is there yet.
    pub(crate) fn of(servers: usize) -> Self {
        Self { of: RefCell::new(vec![None; servers]), turn: Cell::default() }
    }

    pub(crate) fn only(address: SocketAddr) -> Self {
        Self { of: RefCell::new(vec![Some(address)]), turn: Cell::default() }
    }

    pub(crate) fn set(&self, server: usize, address: Option<SocketAddr>) {
        self.of.borrow_mut()[server] = address;
    }

    pub(crate) fn all(&self) -> Vec<SocketAddr> {
        self.of.borrow().iter().copied().flatten().collect()
    }

    pub(crate) fn next(&self) -> Option<SocketAddr> {
        self.turn.set(self.turn.get() + 1);
        let all = self.all();
        all.get(self.turn.get() % all.len().max(1)).copied()
    }
}

/// What options of proxy it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProxyOptions {
    /// Bytes that pass at a time.
    pub(crate) chunk: usize,
    /// How long each of them takes, in milliseconds.
    pub(crate) delay_ms: u64,
    /// Whether it ends by a reset.
    pub(crate) resets: bool,
}

#[derive(Clone)]
pub(crate) struct FaultyProxy {
    state: watch::Sender<State>,
    options: ProxyOptions,
    servers: Rc<Addresses>,
}

impl FaultyProxy {
    pub(crate) fn new(options: ProxyOptions, servers: Rc<Addresses>) -> Self {
        Self { state: watch::Sender::new(State::default()), options, servers }
    }

    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Cuts it for a while.
    pub(crate) fn disconnect(&self) {
        self.state.send_modify(|state| {
            state.cuts += 1;
            state.away = true;
        });
    }

    pub(crate) fn stall(&self, up: bool, down: bool) {
        self.state.send_modify(|state| {
            state.up_stalled |= up;
            state.down_stalled |= down;
        });
    }

    pub(crate) fn black_hole(&self) {
        self.state.send_modify(|state| state.silent = true);
    }

    /// Says whether something may have been lost on it that nobody was told of.
    pub(crate) fn heal(&self) -> bool {
        let was_silent = self.state.borrow().silent;
        self.state.send_modify(|state| {
            let State { cuts, over, .. } = *state;
            *state = State { cuts, over, ..State::default() };
        });
        was_silent
    }

    /// Connections that fell silent end on the server's side, too.
    pub(crate) fn close_black_holes(&self) {
        self.state.send_modify(|state| state.over = true);
    }

    pub(crate) fn is_disconnected(&self) -> bool {
        self.state.borrow().away || self.servers.all().is_empty()
    }

    /// A new connection to the server, as the client holds it.
    pub(crate) async fn open(&self) -> io::Result<DuplexStream> {
        let server = self
            .servers
            .next()
            .filter(|_| !self.is_disconnected())
            .ok_or(io::ErrorKind::ConnectionRefused)?;
        let mut state = self.state.subscribe();
        let cuts = state.borrow_and_update().cuts;
        let tcp = TcpStream::connect(server).await?;
        tcp.set_nodelay(true)?;
        if self.options.resets {
            socket2::SockRef::from(&tcp).set_linger(Some(Duration::ZERO))?;
        }
        let (client, here) = tokio::io::duplex(BUFFER);
        let options = self.options;
        tokio::task::spawn_local(async move {
            let (from_client, to_client) = tokio::io::split(here);
            let (from_server, to_server) = tcp.into_split();
            let lossy = Cell::new(false);
            tokio::select! {
                () = pump(from_client, to_server, state.clone(), |state| state.up_stalled, &lossy, options) => {}
                () = pump(from_server, to_client, state.clone(), |state| state.down_stalled, &lossy, options) => {}
                _ = state.wait_for(|state| state.cuts != cuts) => {}
            }
        });
        Ok(client)
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
    is_stalled: fn(&State) -> bool,
    lossy: &Cell<bool>,
    options: ProxyOptions,
) {
    let mut bytes = vec![0; options.chunk];
    loop {
        let count = from.read(&mut bytes).await.unwrap_or(0);
        if count == 0 {
            break;
        }
        if options.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(options.delay_ms)).await;
        }
        let Ok(silent) = state
            .wait_for(|state| !is_stalled(state) || state.silent)
            .await
            .map(|state| state.silent)
        else {
            break;
        };
        lossy.set(lossy.get() || silent);
        if !lossy.get() && to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    // The other side learns nothing of it.
    if lossy.get() || state.borrow().silent {
        let _ = state.wait_for(|state| state.over).await;
    }
}
