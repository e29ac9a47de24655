//! The time that one search may take.
//!
//! The engine limits how often it goes back, but not what it does in between: lookaheads in
//! repetitions go forward for as long as the text is, again and again. All the engine knows of a
//! text it gets through [`Input`], so this is where its steps are counted.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use fancy_regex::{Input, Regex};

/// The maximum number of looks at the text in one search.
const STEP_LIMIT: u32 = 20_000_000;

/// The maximum time of one search. Steps run an automaton over the rest of the text at worst, so
/// their number alone is no bound.
const TIME_LIMIT: Duration = Duration::from_millis(500);

/// How many steps there are between two looks at the clock.
const STEPS_PER_LOOK: u32 = 32;

/// The reasons for ending a search.
const TOO_MANY_STEPS: &str = "matching takes too many steps";
const TOO_LONG: &str = "matching one line takes more than half a second";

/// Whether the pattern matches anywhere in the text.
///
/// # Errors
/// Finding out takes too long; the reason.
pub(super) fn is_match(regex: &Regex, text: &str) -> Result<bool, &'static str> {
    let text = CountedText {
        text,
        steps: Cell::new(0),
        started: Instant::now(),
    };
    // The state that the engine keeps between searches is reset by the next one.
    match catch_unwind(AssertUnwindSafe(|| regex.is_match(&text))) {
        Ok(answer) => answer.map_err(|_| TOO_MANY_STEPS),
        Err(cause) => match cause.downcast::<OutOfBudget>() {
            Ok(exceeded) => Err(exceeded.0),
            Err(cause) => resume_unwind(cause),
        },
    }
}

/// What unwinds a search that takes too long, and the reason.
struct OutOfBudget(&'static str);

/// A text that counts how often it is looked at.
struct CountedText<'t> {
    text: &'t str,
    steps: Cell<u32>,
    started: Instant,
}

impl CountedText<'_> {
    fn step(&self) {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if !steps.is_multiple_of(STEPS_PER_LOOK) {
            return;
        }
        let exceeded = match () {
            () if steps > STEP_LIMIT => TOO_MANY_STEPS,
            () if self.started.elapsed() > TIME_LIMIT => TOO_LONG,
            () => return,
        };
        // An input can't return an error. Unlike a panic, this prints nothing.
        resume_unwind(Box::new(OutOfBudget(exceeded)));
    }
}

impl Input for CountedText<'_> {
    type Match<'t>
        = ()
    where
        Self: 't;

    fn len(&self) -> usize {
        self.text.len()
    }

    fn as_bytes(&self) -> &[u8] {
        self.step();
        self.text.as_bytes()
    }

    fn is_char_boundary(&self, ix: usize) -> bool {
        self.text.is_char_boundary(ix)
    }

    fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    fn prev_codepoint_ix(&self, i: usize) -> usize {
        self.step();
        Input::prev_codepoint_ix(self.text, i)
    }

    fn make_match(&self, _start: usize, _end: usize) {}

    fn advance_position(&self, i: usize) -> usize {
        self.step();
        self.text.advance_position(i)
    }
}
