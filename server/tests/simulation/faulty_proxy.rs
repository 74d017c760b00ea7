//! A proxy between a client and the servers that can drop, stall, delay or silently lose data.

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

/// The size of the buffer on the client's side, in bytes.
const BUFFER: usize = 64 << 10;

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// True if the proxy refuses connections.
    away: bool,
    /// True if bytes to the server are held back.
    up_stalled: bool,
    /// True if bytes to the client are held back.
    down_stalled: bool,
    /// True if all bytes are lost without closing the connection.
    silent: bool,
    /// The number of disconnects. A connection ends when it changes.
    cuts: u64,
    /// True if connections that lost data must close.
    over: bool,
}

/// The addresses of the running servers. Connections are distributed in turn, as by a load
/// balancer.
#[derive(Debug)]
pub(crate) struct Addresses {
    of: RefCell<Vec<Option<SocketAddr>>>,
    turn: Cell<usize>,
}

impl Addresses {
    /// Creates the list for a number of servers, none of which is running yet.
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

/// The properties of a proxy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProxyOptions {
    /// The number of bytes that are forwarded at a time.
    pub(crate) chunk: usize,
    /// The delay of each chunk, in milliseconds.
    pub(crate) delay_ms: u64,
    /// True if connections end with a reset.
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

    /// Closes all connections, and refuses new ones until healed.
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

    /// Ends all faults. Returns whether data may have been lost without a disconnect.
    pub(crate) fn heal(&self) -> bool {
        let was_silent = self.state.borrow().silent;
        self.state.send_modify(|state| {
            let State { cuts, over, .. } = *state;
            *state = State { cuts, over, ..State::default() };
        });
        was_silent
    }

    /// Closes the connections that lost data, on the server's side as well.
    pub(crate) fn close_black_holes(&self) {
        self.state.send_modify(|state| state.over = true);
    }

    pub(crate) fn is_disconnected(&self) -> bool {
        self.state.borrow().away || self.servers.all().is_empty()
    }

    /// Opens a connection to a server. Returns the client's end.
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
            let up_stalled = |state: &State| state.up_stalled;
            let up = pump(from_client, to_server, state.clone(), up_stalled, &lossy, options);
            let down_stalled = |state: &State| state.down_stalled;
            let down = pump(from_server, to_client, state.clone(), down_stalled, &lossy, options);
            tokio::select! {
                () = up => {}
                () = down => {}
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
    // The other end is not notified.
    if lossy.get() || state.borrow().silent {
        let _ = state.wait_for(|state| state.over).await;
    }
}
