//! Queries over the hub's device twins.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::client::HubClient;
use super::error::{HubError, HubErrorKind};
use super::request::{API_VERSION, Request, Response};

/// The maximum number of rows in a page.
const PAGE_ROWS: u32 = 100;

const MAX_ITEM_COUNT: HeaderName = HeaderName::from_static("x-ms-max-item-count");
const CONTINUATION: HeaderName = HeaderName::from_static("x-ms-continuation");

/// A hub has at most a million devices, and short pages are rare.
const MAX_PAGES: usize = 50_000;
/// A real hub sends a few at most.
const MAX_EMPTY_PAGES: usize = 100;

/// The timeout for a page.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A hub allows 20 queries per minute and S1 unit, so retrying a throttled one earlier is pointless.
const THROTTLED_PAUSE: Duration = Duration::from_secs(3);

/// One page of a query's rows.
struct Page<T> {
    rows: Vec<T>,
    /// The token for the next page; `None` on the last one.
    continuation: Option<HeaderValue>,
}

/// The rows of a query, page by page.
#[derive(Debug)]
pub struct QueryPages<'a> {
    client: &'a HubClient,
    body: Bytes,
    continuation: Option<HeaderValue>,
    /// The hashes of all tokens, so that a circle of pages is noticed.
    tokens: HashSet<u64>,
    /// How many of the last pages were empty.
    empty: usize,
    ended: bool,
}

impl HubClient {
    /// All rows of a query, in the hub's order. They may be half an hour older than the twins.
    ///
    /// # Errors
    /// The query fails, or its rows have another form.
    pub async fn query<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, HubError> {
        let mut pages = self.query_pages(sql);
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await? {
            rows.extend(page);
        }
        Ok(rows)
    }

    /// The rows of a query, with only one page in memory.
    pub fn query_pages(&self, sql: &str) -> QueryPages<'_> {
        QueryPages {
            client: self,
            body: Bytes::from(json!({ "query": sql }).to_string()),
            continuation: None,
            tokens: HashSet::new(),
            empty: 0,
            ended: false,
        }
    }

    async fn query_page<T: DeserializeOwned>(
        &self,
        body: &Bytes,
        continuation: Option<&HeaderValue>,
    ) -> Result<Page<T>, HubError> {
        let mut headers = HeaderMap::new();
        headers.insert(MAX_ITEM_COUNT, HeaderValue::from(PAGE_ROWS));
        if let Some(token) = continuation {
            headers.insert(CONTINUATION, token.clone());
        }
        let request = Request {
            operation: "query",
            device: None,
            verb: Method::POST,
            path: format!("/devices/query?api-version={API_VERSION}"),
            headers,
            body: body.clone(),
            timeout: TIMEOUT,
            repeatable: true,
            final_if_silent: false,
            throttled_pause: Some(THROTTLED_PAUSE),
        };
        self.send(&request, |response| {
            Ok((read_page(response)?, i32::from(response.status)))
        })
        .await
    }
}

impl QueryPages<'_> {
    /// The next page; `None` after the last one. Any page may be short or empty.
    ///
    /// # Errors
    /// The query fails, or its rows have another form.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<Vec<T>>, HubError> {
        if self.ended {
            return Ok(None);
        }
        let before = self.continuation.as_ref();
        let page = self.client.query_page(&self.body, before).await?;
        // Only a missing token ends the query: pages in between may be empty.
        self.ended = page.continuation.is_none();
        self.empty = match page.rows.is_empty() {
            true => self.empty + 1,
            false => 0,
        };
        let endless = |reason: &str| {
            let message = format!("the query does not end: {reason}");
            Err(HubError::without_answer(HubErrorKind::NotAnAnswer, message))
        };
        if let Some(token) = &page.continuation {
            let mut hasher = DefaultHasher::new();
            token.as_bytes().hash(&mut hasher);
            if !self.tokens.insert(hasher.finish()) {
                return endless("the hub returned the same page twice");
            }
        }
        if self.empty >= MAX_EMPTY_PAGES {
            return endless(&format!("{MAX_EMPTY_PAGES} pages in a row are empty"));
        }
        if self.tokens.len() >= MAX_PAGES {
            return endless(&format!("there are more than {MAX_PAGES} pages"));
        }
        self.continuation = page.continuation;
        Ok(Some(page.rows))
    }
}

fn read_page<T: DeserializeOwned>(response: &Response) -> Result<Page<T>, HubError> {
    let rows = serde_json::from_slice(&response.body).map_err(|error| {
        response.unreadable(format!("the response is not a page of rows: {error}"))
    })?;
    let token = response.headers.get(CONTINUATION);
    Ok(Page {
        rows,
        continuation: token.filter(|token| !token.is_empty()).cloned(),
    })
}
