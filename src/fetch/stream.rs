//! The logs of any number of devices as one stream of events.
//!
//! Each device goes its own way, up to so many at a time, and whoever reads the stream reads them
//! all. What is not about lines (notes, and warnings of what is missing) goes to [`Report`] at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::task::Poll;

use futures::stream::{self, Stream, StreamExt};
use tokio::sync::{Semaphore, mpsc};

use super::device_logs::DeviceLogs;
use super::entries::Entry;
use super::follow::{self, Following, News};
use super::log_agent::{Clock, LogAgent, Report};
use super::log_query::LogQuery;
use super::merge::Order;
use super::notices;
use super::pace::Pace;
use super::patient::PatientAgent;
use super::place::{Gap, Passed, Place, Places};
use crate::error::Error;
use crate::logs::Record;

/// How many events of a device wait to be read.
const WAITING_EVENTS: usize = 8;

/// What logs to fetch, and how.
#[derive(Debug)]
pub struct LogRun {
    /// Which logs of each device.
    pub query: Arc<LogQuery>,
    /// How the modules of one device become one log.
    pub order: Order,
    /// How often new lines are asked for once those that there are have come, if they are; a device
    /// ends then only when it fails.
    pub follow: Option<Pace>,
    /// Where the logs stood when the run before ended, if this one goes on there: each line and each
    /// place tells then what has been read.
    pub places: Option<Arc<dyn Places>>,
    /// How many devices are called at a time; those that are followed count only until they are.
    pub at_a_time: usize,
    /// Who hears of what is not a line.
    pub report: Arc<dyn Report>,
    /// The time.
    pub clock: Clock,
}

/// What happens to a device. Its modules have the numbers in which they were announced.
#[derive(Debug)]
pub enum Event {
    /// This device is being called.
    Calling(String),
    /// Modules whose lines may come, by name. The first time it is all of those that it has.
    Modules(Vec<String>),
    /// Lines that have come together, one at least.
    Lines(Vec<Line>),
    /// A module's log is missing, at least in part.
    Failed {
        /// The module's number.
        module: usize,
        /// What went wrong.
        error: Error,
    },
    /// It is followed and can't be asked at the moment, or it is back; the latter first once its history has
    /// come.
    Away(bool),
    /// Lines of a module may be missing.
    Gap {
        /// The module's number.
        module: usize,
        /// Between which lines.
        gap: Gap,
    },
    /// A module's log has been read up to a place, by a run that goes on from places.
    Place {
        /// The module's number.
        module: usize,
        /// Where its log stands once all lines before this event are printed.
        place: Place,
    },
    /// It is done with; or what went wrong with the device itself.
    Ended(Result<(), Error>),
}

/// A line of a log.
#[derive(Debug)]
pub struct Line {
    /// The module's number.
    pub module: usize,
    pub(super) entry: Entry,
}

impl Line {
    /// What the module wrote.
    pub fn record(&self) -> &Record {
        &self.entry.record
    }

    /// What has been read once it is printed, by a run that goes on from places.
    pub fn passed(&self) -> Option<&Passed> {
        self.entry.passed.as_deref()
    }

    /// What the line says of its severity, if that has been judged.
    pub fn severity(&self) -> Option<u8> {
        self.entry.severity
    }

    /// Notes what the line says of its severity.
    pub fn set_severity(&mut self, severity: Option<u8>) {
        self.entry.severity = severity;
    }

    /// What has been read once it is printed, to be changed.
    pub fn passed_mut(&mut self) -> Option<&mut Passed> {
        self.entry.passed.as_deref_mut()
    }
}

impl LogRun {
    /// Begins. Each event comes with the number of its device, in the order of `agents`. Dropping the
    /// stream stops all calls.
    pub fn events<A>(&self, agents: A) -> impl Stream<Item = (usize, Event)>
    where
        A: IntoIterator<Item = Arc<dyn LogAgent>>,
    {
        self.events_of(stream::iter(agents))
    }

    /// The same for devices of which more come while others are followed.
    pub fn events_of(
        &self,
        agents: impl Stream<Item = Arc<dyn LogAgent>>,
    ) -> impl Stream<Item = (usize, Event)> {
        let at_a_time = self.at_a_time.clamp(1, Semaphore::MAX_PERMITS);
        let beginning = Arc::new(Semaphore::new(at_a_time));
        agents
            .enumerate()
            .map(move |(device, agent)| {
                let events = self.device_events(agent, Arc::clone(&beginning));
                events.map(move |event| (device, event))
            })
            .flatten_unordered(self.follow.is_none().then_some(at_a_time))
    }

    /// The events of one device. It works only while it is read, so that a reader that is slow slows
    /// the calls down.
    fn device_events(
        &self,
        agent: Arc<dyn LogAgent>,
        beginning: Arc<Semaphore>,
    ) -> impl Stream<Item = Event> + Unpin {
        let (events, mut waiting) = mpsc::channel(WAITING_EVENTS);
        let work = async move {
            let events = Events(events);
            events.send(Event::Calling(agent.device().to_owned())).await;
            let result = self.fetch(&events, agent, &beginning).await;
            events.send(Event::Ended(result)).await;
        };
        let mut work = Some(Box::pin(work));
        stream::poll_fn(move |context| {
            if let event @ Poll::Ready(_) = waiting.poll_recv(context) {
                return event;
            }
            if let Some(running) = &mut work
                && running.as_mut().poll(context).is_ready()
            {
                work = None;
            }
            waiting.poll_recv(context)
        })
    }

    async fn fetch(
        &self,
        events: &Events,
        agent: Arc<dyn LogAgent>,
        beginning: &Semaphore,
    ) -> Result<(), Error> {
        if let Some(places) = &self.places {
            let places = places.of_device(agent.device())?;
            return self.go_on(events, agent, places).await;
        }
        let (begun, (mut following, logs)) = match self.follow {
            Some(pace) if pace.is_of_fleet => {
                self.open_patiently(events, &agent, pace, beginning).await?
            }
            _ => (None, self.open(&agent).await?),
        };
        let mut modules = Modules::new(events);
        modules.add(logs.modules()).await;
        let (mut merged, _under_way) = logs.into_merged(self.order);
        // The levels of a module are fetched each for itself, and may all fail for one reason.
        let mut said = HashSet::new();
        while let Some(next) = merged.next().await {
            match next {
                Ok(lines) => {
                    if let Some(following) = &mut following {
                        for (module, line) in &lines {
                            following.printed(&modules.names[*module], &line.record);
                        }
                    }
                    let lines = lines.into_iter();
                    let lines = lines.map(|(module, entry)| Line { module, entry });
                    events.send(Event::Lines(lines.collect())).await;
                }
                Err((module, error)) => {
                    if said.insert((module, error.to_string())) {
                        events.send(Event::Failed { module, error }).await;
                    }
                }
            }
        }
        let Some(mut following) = following else {
            return Ok(());
        };
        drop(begun);
        modules.are_away(false).await;
        loop {
            let news = following.next().await?;
            modules.are_away(following.is_away()).await;
            modules.tell(news).await;
        }
    }

    /// Goes on where the logs stand by these places.
    async fn go_on(
        &self,
        events: &Events,
        agent: Arc<dyn LogAgent>,
        places: HashMap<String, Place>,
    ) -> Result<(), Error> {
        let (query, report) = (Arc::clone(&self.query), Arc::clone(&self.report));
        let pace = self.follow.unwrap_or(Pace::ALONE);
        let mut following = Following::resume(agent, query, report, self.clock, pace, places);
        let mut modules = Modules::new(events);
        if self.follow.is_none() {
            let polled = following.poll_once().await;
            modules.add(&following.module_names()).await;
            while let Some(news) = following.next_ready()? {
                modules.tell(news).await;
            }
            return polled;
        }
        loop {
            let news = following.next().await?;
            modules.are_away(following.is_away()).await;
            if modules.names.is_empty() {
                modules.add(&following.module_names()).await;
            }
            modules.tell(news).await;
        }
    }

    /// Begins with a device. Where following begins is noted before the logs are fetched.
    async fn open(
        &self,
        agent: &Arc<dyn LogAgent>,
    ) -> Result<(Option<Following>, DeviceLogs), Error> {
        let report = || Arc::clone(&self.report);
        let query = || Arc::clone(&self.query);
        let Some(pace) = self.follow else {
            let logs = DeviceLogs::open(agent.clone(), query(), report(), self.clock).await?;
            return Ok((None, logs));
        };
        let following = Following::begin(agent.clone(), query(), report(), self.clock, pace);
        let mut following = following.await?;
        let patient = PatientAgent::new(agent.clone(), report(), self.clock, pace);
        let patient = Arc::new(patient);
        let logs = DeviceLogs::open(patient.clone(), query(), report(), self.clock).await?;
        following.include(logs.modules()).await?;
        patient.reached();
        Ok((Some(following), logs))
    }

    /// The same where one device that is away must not end the run: it is waited for. So many devices
    /// begin at a time, so that the first lines do not wait for the last device.
    async fn open_patiently<'a>(
        &self,
        events: &Events,
        agent: &Arc<dyn LogAgent>,
        pace: Pace,
        beginning: &'a Semaphore,
    ) -> Result<(Option<Begun<'a>>, (Option<Following>, DeviceLogs)), Error> {
        let mut pauses = pace.pauses();
        let mut is_said = false;
        let mut is_selected = true;
        loop {
            if !agent.is_selected() {
                if std::mem::take(&mut is_selected) {
                    self.report.note(&notices::not_selected(agent.device()));
                    events.send(Event::Away(false)).await;
                }
                self.clock.sleep(pauses.longer()).await;
                continue;
            }
            is_selected = true;
            // The semaphore is never closed.
            let begun = beginning.acquire().await.ok();
            let error = match self.open(agent).await {
                Ok(opened) => {
                    if is_said {
                        self.report.note(&notices::reconnected(agent.device()));
                        events.send(Event::Away(false)).await;
                    }
                    return Ok((begun, opened));
                }
                Err(error) if follow::passes(&error) => error,
                Err(error) => return Err(error),
            };
            drop(begun);
            let is_away = !matches!(error, Error::NoModule { .. });
            events.send(Event::Away(is_away)).await;
            if !std::mem::replace(&mut is_said, true) {
                match error {
                    Error::NoModule { .. } => {
                        self.report.note(&notices::no_module_yet(agent.device()));
                    }
                    error => {
                        let text = notices::contact_lost(agent.device(), &follow::reason(&error));
                        self.report.warn(&text);
                    }
                }
            }
            self.clock.sleep(pauses.longer()).await;
        }
    }
}

/// The modules of a device that have been announced.
struct Modules<'a> {
    events: &'a Events,
    names: Vec<String>,
    /// What was said of that last.
    are_away: Option<bool>,
}

impl<'a> Modules<'a> {
    fn new(events: &'a Events) -> Self {
        Self {
            events,
            names: Vec::new(),
            are_away: None,
        }
    }

    async fn are_away(&mut self, are_away: bool) {
        if self.are_away.replace(are_away) != Some(are_away) {
            self.events.send(Event::Away(are_away)).await;
        }
    }

    async fn add(&mut self, names: &[String]) {
        if !names.is_empty() {
            self.names.extend_from_slice(names);
            self.events.send(Event::Modules(names.to_vec())).await;
        }
    }

    async fn tell(&mut self, news: Vec<(String, News)>) {
        for (name, news) in news {
            let module = match self.names.iter().position(|known| *known == name) {
                Some(module) => module,
                None => {
                    self.add(&[name]).await;
                    self.names.len() - 1
                }
            };
            let event = match news {
                News::Line(entry) => Event::Lines(vec![Line { module, entry }]),
                News::Failed(error) => Event::Failed { module, error },
                News::Gap(gap) => Event::Gap { module, gap },
                News::Place(place) => Event::Place { module, place },
            };
            self.events.send(event).await;
        }
    }
}

/// A device that is one of those that begin.
type Begun<'a> = tokio::sync::SemaphorePermit<'a>;

/// Where the events of one device go.
struct Events(mpsc::Sender<Event>);

impl Events {
    async fn send(&self, event: Event) {
        // A reader that stops reading stops the work as well.
        let _ = self.0.send(event).await;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::held::HeldLines;
    use super::super::log_agent::Silence;
    use super::super::log_query::{LogQueryFilter, LogQueryItem};
    use super::*;
    use crate::logs::UNPACKED;
    use crate::methods::{ContentType, Encoding, GetModuleLogs, ModuleLogs, ModulePattern};
    use crate::output::Console;

    /// Its module `m` has five lines; without a name it is gone.
    #[derive(Debug)]
    struct Agent(&'static str);

    #[async_trait]
    impl LogAgent for Agent {
        fn hub(&self) -> &str {
            "h"
        }

        fn device(&self) -> &str {
            self.0
        }

        async fn get_module_logs(
            &self,
            request: &GetModuleLogs,
            _silence: Silence,
        ) -> Result<Vec<ModuleLogs>, Error> {
            if self.0.is_empty() {
                return Err(Error::NoDevice);
            }
            let request = serde_json::to_value(request).unwrap();
            let is_stamped = request["items"][0]["filter"]["includeTimestamp"] == true;
            let lines = (1..=5).map(|second| {
                let stamp = format!("2026-01-01T00:00:0{second}.000000000Z");
                match request["contentType"] == "json" {
                    true => serde_json::json!({
                        "iothub": "h", "device": self.0, "id": "m", "stream": "stdout",
                        "loglevel": 6, "text": self.0, "timestamp": stamp,
                    })
                    .to_string(),
                    false if is_stamped => format!("{stamp} {}\n", self.0),
                    false => format!("<6> 2026-01-01 00:00:0{second}.000 +00:00 {}\n", self.0),
                }
            });
            let lines: Vec<String> = lines.collect();
            let text = match request["contentType"] == "json" {
                true => format!("[{}]", lines.join(",")),
                false => lines.concat(),
            };
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            Ok(vec![ModuleLogs {
                payload_bytes: Some(STANDARD.encode(gzip.finish().unwrap())),
                ..ModuleLogs::of("m")
            }])
        }

        async fn module_names(&self) -> Result<Vec<String>, Error> {
            Ok(vec!["m".to_owned()])
        }

        fn retries(&self) -> u32 {
            0
        }
    }

    fn run(content_type: ContentType, stamps: bool) -> LogRun {
        let item = LogQueryItem {
            id: ModulePattern::exact("m").unwrap(),
            module: Some("m".to_owned()),
            filter: LogQueryFilter::default(),
        };
        LogRun {
            query: Arc::new(LogQuery {
                items: vec![item],
                encoding: Encoding::Gzip,
                content_type,
                verbatim: false,
                stamps,
            }),
            order: Order::Time,
            follow: None,
            places: None,
            at_a_time: 2,
            report: Arc::new(Console::silent()),
            clock: Clock::SYSTEM,
        }
    }

    fn agents(devices: &[&'static str]) -> Vec<Arc<dyn LogAgent>> {
        let agents = devices.iter();
        agents
            .map(|device| Arc::new(Agent(device)) as Arc<dyn LogAgent>)
            .collect()
    }

    #[tokio::test]
    async fn the_payload_of_a_small_answer_is_unpacked_once() {
        for (content_type, stamps) in [
            (ContentType::Text, false),
            (ContentType::Text, true),
            (ContentType::Json, false),
        ] {
            for devices in [&["b"][..], &["b", "a"]] {
                let before = UNPACKED.get();
                let mut held = HeldLines::default();
                let run = run(content_type, stamps);
                let mut events = std::pin::pin!(run.events(agents(devices)));
                while let Some(event) = events.next().await {
                    if let (device, Event::Lines(lines)) = event {
                        for line in lines {
                            assert!(!held.push(device, line).unwrap());
                        }
                    }
                }
                let names: Vec<String> = devices.iter().map(|name| (*name).to_owned()).collect();
                let mut lines = Vec::new();
                held.take(&names, |device, _| {
                    lines.push(names[device].clone());
                    Ok(())
                })
                .unwrap();
                let expected = match devices.len() {
                    1 => vec!["b"; 5],
                    // At the same time, by name.
                    _ => ["a", "b"].repeat(5),
                };
                assert_eq!(lines, expected);
                assert_eq!(UNPACKED.get() - before, devices.len(), "{content_type:?}");
            }
        }
    }

    #[tokio::test]
    async fn every_device_is_called_says_its_modules_and_ends_once() {
        let run = run(ContentType::Text, false);
        let mut seen = [const { String::new() }; 3];
        let mut events = std::pin::pin!(run.events(agents(&["a", "", "b"])));
        while let Some((device, event)) = events.next().await {
            let what = match event {
                Event::Calling(_) => "calling ",
                Event::Modules(_) => "modules ",
                Event::Lines(lines) if lines.len() == 5 => "5 lines ",
                Event::Lines(_) => "lines ",
                Event::Failed { .. } => "failed ",
                Event::Away(_) => "away ",
                Event::Gap { .. } | Event::Place { .. } => "goes on ",
                Event::Ended(Ok(())) => "ended",
                Event::Ended(Err(_)) => "lost",
            };
            seen[device].push_str(what);
        }
        let whole = "calling modules 5 lines ended";
        assert_eq!(seen, [whole, "calling lost", whole]);
    }

    /// It is selected when it is asked for the fourth time.
    #[derive(Debug)]
    struct Later(Agent, AtomicUsize);

    #[async_trait]
    impl LogAgent for Later {
        fn hub(&self) -> &str {
            self.0.hub()
        }

        fn device(&self) -> &str {
            self.0.device()
        }

        async fn get_module_logs(
            &self,
            request: &GetModuleLogs,
            silence: Silence,
        ) -> Result<Vec<ModuleLogs>, Error> {
            assert!(self.1.load(Ordering::Relaxed) > 3, "it is not selected");
            self.0.get_module_logs(request, silence).await
        }

        async fn module_names(&self) -> Result<Vec<String>, Error> {
            self.0.module_names().await
        }

        fn is_selected(&self) -> bool {
            self.1.fetch_add(1, Ordering::Relaxed) >= 3
        }

        fn retries(&self) -> u32 {
            0
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_that_is_not_selected_before_it_begins_is_not_asked() {
        let run = LogRun {
            follow: Some(Pace::of_fleet(1, 40)),
            ..run(ContentType::Text, true)
        };
        let agent: Arc<dyn LogAgent> = Arc::new(Later(Agent("a"), AtomicUsize::new(0)));
        let mut events = std::pin::pin!(run.events([agent]));
        while let Some((_, event)) = events.next().await {
            if matches!(event, Event::Lines(_)) {
                return;
            }
        }
        panic!("no line has come");
    }
}
