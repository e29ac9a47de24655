//! Keeps an identity connected and its requests answered, for years.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::acted::Acted;
use super::back_off::BackOff;
use super::credential::{Password, Passwords, SignError};
use super::events::{Event, Events};
use super::method_handler::MethodHandler;
use super::session::Session;
use super::wire::{Link, LinkError, Opened, Upstream};
use crate::device::running::Running;

/// How much of a token's life passes before it is renewed.
const RENEW_AFTER: f64 = 0.8;

/// By when a connection with the new token has taken over, even if requests are still running.
const TAKE_OVER_BY: f64 = 0.9;

/// How long an open connection may wait for its CONNECT: edgeHub drops it after a minute.
const CONNECTS_WITHIN: Duration = Duration::from_secs(45);

/// How long to wait after a renewal that failed, at most. The old token is still valid.
const RENEW_AGAIN: Duration = Duration::from_secs(30);

/// How long to go on reading from a connection that another one took over.
const LEFT_OVER: Duration = Duration::from_secs(5);

/// How long UNSUBSCRIBE and DISCONNECT may take.
const GOODBYE: Duration = Duration::from_secs(5);

/// Keeps one identity connected.
pub(in crate::device) struct Keeper {
    pub(in crate::device) upstream: Arc<dyn Upstream>,
    pub(in crate::device) passwords: Arc<dyn Passwords>,
    pub(in crate::device) shared: Arc<Shared>,
    /// How long running requests and tasks get at the end.
    pub(in crate::device) grace: Duration,
}

/// What all connections share.
pub(in crate::device) struct Shared {
    pub(super) handler: Arc<dyn MethodHandler>,
    pub(super) events: Arc<dyn Events>,
    pub(super) acted: Mutex<Acted>,
    /// The requests that run.
    pub(super) running: Running,
}

/// A connection that takes requests.
struct Established {
    link: Arc<dyn Link>,
    since: Instant,
    token: Token,
}

/// When a token was signed, and how long it lasts from then; `None`: as long as the certificate that
/// stands for it.
#[derive(Clone, Copy)]
struct Token {
    signed: Instant,
    lasts: Option<Duration>,
}

/// Everything that comes before CONNECT.
struct Prepared {
    opened: Box<dyn Opened>,
    password: Password,
    /// Between the two.
    at: Instant,
}

/// Why a connection is no longer served.
enum End {
    Lost(LinkError),
    TakenOver(Established),
    Stopped,
}

/// Why there is no connection.
enum Failure {
    Sign(SignError),
    Link(LinkError),
}

impl Shared {
    pub(in crate::device) fn new(
        handler: Arc<dyn MethodHandler>,
        events: Arc<dyn Events>,
    ) -> Arc<Self> {
        Arc::new(Self {
            handler,
            events,
            acted: Mutex::default(),
            running: Running::default(),
        })
    }
}

impl Keeper {
    /// Connects, and answers requests until `stop` says so; then lets what runs come to its end.
    pub(in crate::device) async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut back_off = BackOff::default();
        let mut ready = None;
        loop {
            let established = match ready.take() {
                Some(established) => established,
                None => {
                    let connected = tokio::select! {
                        connected = self.connect() => connected,
                        () = stopped(&mut stop) => return self.finish(None).await,
                    };
                    match connected {
                        Ok(established) => established,
                        Err(failure) => {
                            let again_in = back_off.failed();
                            self.report(&failure, again_in);
                            if paused(again_in, &mut stop).await {
                                return self.finish(None).await;
                            }
                            continue;
                        }
                    }
                }
            };
            let since = established.since;
            match self.serve(established, &mut stop).await {
                End::Stopped => return,
                End::TakenOver(next) => ready = Some(next),
                End::Lost(error) => {
                    let lasted = since.elapsed();
                    let again_in = back_off.lost(lasted);
                    self.event(&Event::Lost {
                        error: &error,
                        lasted,
                        again_in,
                        contended: back_off.is_contended(),
                    });
                    if paused(again_in, &mut stop).await {
                        return self.finish(None).await;
                    }
                }
            }
        }
    }

    async fn connect(&self) -> Result<Established, Failure> {
        let prepared = prepare(&*self.upstream, &*self.passwords).await?;
        let established = established(prepared).await.map_err(Failure::Link)?;
        self.event(&Event::Connected);
        Ok(established)
    }

    /// Answers the requests of one connection until it ends, another takes over, or `stop` says so.
    async fn serve(&self, established: Established, stop: &mut watch::Receiver<bool>) -> End {
        let Established { link, token, .. } = established;
        let mut session = Session::new(link.clone(), self.shared.clone());
        let mut renewal = Renewal::new(self, token);
        loop {
            tokio::select! {
                // Requests first: those that are here are answered before another connection takes
                // over.
                biased;
                next = link.next() => match next {
                    Ok(message) => session.take(message),
                    Err(error) => return End::Lost(error),
                },
                () = stopped(stop) => {
                    self.finish(Some(session)).await;
                    return End::Stopped;
                }
                prepared = renewal.prepared(&session) => {
                    match self.take_over(prepared, &mut session, stop).await {
                        Ok(next) => {
                            tokio::spawn(left_over(session));
                            return End::TakenOver(next);
                        }
                        // The next round sees it.
                        Err(None) => {}
                        Err(Some((error, true))) => return End::Lost(error),
                        Err(Some((error, false))) => {
                            let again_in = renewal.retry();
                            self.event(&Event::RenewalFailed { error: &error, again_in });
                        }
                    }
                }
            }
        }
    }

    /// Connects with a new token. The other end drops the old connection, which is served until then.
    /// An error says whether the old one is lost too; none if it was told to stop.
    async fn take_over(
        &self,
        prepared: Prepared,
        session: &mut Session,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Established, Option<(LinkError, bool)>> {
        let began = Instant::now();
        let taking = established(prepared);
        tokio::pin!(taking);
        let mut lost = None;
        let taken = loop {
            tokio::select! {
                taken = &mut taking => break taken,
                next = session.link.next(), if lost.is_none() => match next {
                    Ok(message) => session.take(message),
                    Err(error) => lost = Some(error),
                },
                () = stopped(stop) => return Err(None),
            }
        };
        match (taken, lost) {
            (Ok(next), _) => {
                self.event(&Event::Renewed {
                    gap: began.elapsed(),
                });
                Ok(next)
            }
            (Err(error), lost) => Err(Some((error, lost.is_some()))),
        }
    }

    /// Lets what runs come to its end: the requests of `session` are answered, others are not.
    async fn finish(&self, session: Option<Session>) {
        self.event(&Event::Stopping {
            running: self.shared.running.count(),
            tasks: self.shared.handler.running_tasks(),
        });
        let deadline = Instant::now() + self.grace;
        let done = async {
            self.shared.running.none().await;
            self.shared.handler.tasks_ended().await;
        };
        let Some(mut session) = session else {
            let _ = timeout_at(deadline, done).await;
            return self.stopped();
        };
        session.refuse();
        let link = session.link.clone();
        let unsubscribed = timeout(GOODBYE, link.unsubscribe());
        tokio::pin!(done, unsubscribed);
        let mut connected = true;
        let mut waits = true;
        loop {
            tokio::select! {
                biased;
                next = link.next(), if connected => match next {
                    Ok(message) => session.take(message),
                    Err(_) => connected = false,
                },
                // A hub that is told sends no more requests, which would only be refused.
                _ = &mut unsubscribed, if waits && connected => waits = false,
                () = &mut done, if !waits || !connected => break,
                () = sleep_until(deadline) => break,
            }
        }
        let _ = timeout(GOODBYE, link.close()).await;
        self.stopped();
    }

    fn stopped(&self) {
        self.event(&Event::Stopped {
            running: self.shared.running.count(),
            tasks: self.shared.handler.running_tasks(),
        });
    }

    fn report(&self, failure: &Failure, again_in: Duration) {
        match failure {
            Failure::Link(error) => self.event(&Event::ConnectFailed { error, again_in }),
            Failure::Sign(error) => self.event(&Event::SignFailed { error, again_in }),
        }
    }

    fn event(&self, event: &Event<'_>) {
        self.shared.events.event(event);
    }
}

/// Connects and subscribes. A session that the other end kept may have lost its subscription, so it is
/// made each time.
async fn established(prepared: Prepared) -> Result<Established, LinkError> {
    let Prepared {
        opened,
        password,
        at,
    } = prepared;
    let link = opened.connect(password.value.as_ref()).await?;
    link.subscribe().await?;
    Ok(Established {
        link,
        since: Instant::now(),
        token: Token {
            signed: at,
            lasts: password.lasts,
        },
    })
}

/// Waits until told to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Who could tell is gone: nobody will.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

/// Waits; true if told to stop meanwhile.
async fn paused(pause: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    timeout(pause, stopped(stop)).await.is_ok()
}

/// Everything up to CONNECT. The token is signed last, since an outage may last longer than it.
async fn prepare(upstream: &dyn Upstream, passwords: &dyn Passwords) -> Result<Prepared, Failure> {
    let opened = upstream.open().await.map_err(Failure::Link)?;
    let at = Instant::now();
    let password = passwords.password().await.map_err(Failure::Sign)?;
    Ok(Prepared {
        opened,
        password,
        at,
    })
}

/// Takes what arrived on a connection before another one took over. Its answers can hardly go out,
/// which the log tells.
async fn left_over(mut session: Session) {
    let link = session.link.clone();
    let read = async {
        while let Ok(message) = link.next().await {
            session.take(message);
        }
    };
    if timeout(LEFT_OVER, read).await.is_err() {
        let _ = timeout(GOODBYE, link.close()).await;
    }
}

/// The renewal of a connection's token.
struct Renewal<'a> {
    keeper: &'a Keeper,
    /// By when another connection has taken over, and when the token is no longer valid.
    by: Instant,
    expires: Instant,
    state: RenewalState,
}

enum RenewalState {
    Never,
    Waiting(Instant),
    /// In a task of its own, which no request interrupts.
    Preparing(JoinHandle<Result<Prepared, Failure>>),
    /// Signed and open. Requests may still be running.
    Ready(Prepared),
}

impl<'a> Renewal<'a> {
    fn new(keeper: &'a Keeper, Token { signed, lasts }: Token) -> Self {
        let state = match lasts {
            None => RenewalState::Never,
            Some(lasts) => RenewalState::Waiting(signed + lasts.mul_f64(RENEW_AFTER)),
        };
        let lasts = lasts.unwrap_or_default();
        Self {
            keeper,
            by: signed + lasts.mul_f64(TAKE_OVER_BY),
            expires: signed + lasts,
            state,
        }
    }

    /// Waits until another connection may take over: it is open, and the requests of the old one are
    /// answered. May be dropped and called again.
    async fn prepared(&mut self, session: &Session) -> Prepared {
        loop {
            match &mut self.state {
                RenewalState::Never => return std::future::pending().await,
                RenewalState::Waiting(until) => {
                    sleep_until(*until).await;
                    self.prepare();
                }
                RenewalState::Preparing(task) => {
                    let prepared = task.await.unwrap_or_else(|crash| {
                        let reason = format!("preparing it crashed: {crash}");
                        Err(Failure::Link(LinkError::Lost(reason)))
                    });
                    match prepared {
                        Ok(prepared) => self.state = RenewalState::Ready(prepared),
                        Err(Failure::Sign(error)) => {
                            let again_in = self.retry();
                            self.keeper.event(&Event::SignFailed {
                                error: &error,
                                again_in,
                            });
                        }
                        Err(Failure::Link(error)) => {
                            let again_in = self.retry();
                            self.keeper.event(&Event::RenewalFailed {
                                error: &error,
                                again_in,
                            });
                        }
                    }
                }
                RenewalState::Ready(prepared) => {
                    let until = self.by.min(prepared.at + CONNECTS_WITHIN);
                    let idle = timeout_at(until, session.idle()).await;
                    if idle.is_err() && Instant::now() < self.by {
                        // Requests are still running, and the connection has waited for too long.
                        self.prepare();
                    } else if let RenewalState::Ready(prepared) =
                        std::mem::replace(&mut self.state, RenewalState::Never)
                    {
                        return prepared;
                    }
                }
            }
        }
    }

    fn prepare(&mut self) {
        let (upstream, passwords) = (self.keeper.upstream.clone(), self.keeper.passwords.clone());
        self.state = RenewalState::Preparing(tokio::spawn(async move {
            prepare(&*upstream, &*passwords).await
        }));
    }

    /// Begins again after a pause, which it returns.
    fn retry(&mut self) -> Duration {
        let now = Instant::now();
        let left = self.expires.saturating_duration_since(now);
        let pause = (left / 3).clamp(Duration::from_secs(1), RENEW_AGAIN);
        self.state = RenewalState::Waiting(now + pause);
        pause
    }
}
