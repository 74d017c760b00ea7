//! The rules by which a server admits and orders a request. The values of each request are part of
//! its row in the table of [`Request`](crate::Request).

/// The rules for one type of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The rate limit of the user that the request counts against.
    pub rate: RateClass,
    /// The position of the request among the other requests of its connection.
    pub order: Order,
}

/// A rate limit that a user shares between all connections. The limit of a connection,
/// [`REQUEST_RATE`](crate::limits::REQUEST_RATE), applies to all requests in addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateClass {
    /// [`MESSAGE_RATE`](crate::limits::MESSAGE_RATE): messages and their updates.
    Messages,
    /// [`SIGNAL_RATE`](crate::limits::SIGNAL_RATE): small requests that a client sends by itself,
    /// which are stored or relayed to other users.
    Signals,
    /// No limit beyond that of the connection.
    Unlimited,
}

/// The point at which a request may begin. Requests of one connection begin in the order sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The request writes to the store. It begins as soon as the earlier writes of the connection
    /// are queued for their commit.
    Write,
    /// The request sees the result of all earlier writes of the connection. It begins when they are
    /// committed.
    AfterWrites,
}
