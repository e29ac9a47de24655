//! An answer, or a connection that breaks.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};

use super::hub_error::{ErrorShape, HubError};

/// An answer, or the end of the connection.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// An answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Headers beyond those that every answer has.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Bytes,
        /// After how many bytes the connection breaks, though the length says otherwise.
        cut: Option<usize>,
    },
    /// The connection is reset.
    Reset,
}

impl Reply {
    /// JSON.
    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        let content_type = "application/json; charset=utf-8".to_owned();
        Self::Answer {
            status,
            headers: vec![(CONTENT_TYPE.as_str(), content_type)],
            body: body.into(),
            cut: None,
        }
    }

    /// A page.
    pub(crate) fn html(status: u16, page: String) -> Self {
        Self::Answer {
            status,
            headers: vec![(
                CONTENT_TYPE.as_str(),
                "text/html; charset=us-ascii".to_owned(),
            )],
            body: Bytes::from(page),
            cut: None,
        }
    }

    /// An error, in its own form or else in `shape`.
    pub(crate) fn error(error: &HubError, shape: ErrorShape) -> Self {
        let shape = error.shape.unwrap_or(shape);
        let body = error.body(shape);
        let mut reply = Self::json(error.status, body);
        if let Self::Answer { headers, .. } = &mut reply {
            headers.push(("iothub-errorcode", error.name.clone()));
            headers.push(("x-ms-request-id", uuid::Uuid::new_v4().to_string()));
            if let Some(seconds) = error.retry_after {
                headers.push((RETRY_AFTER.as_str(), seconds.to_string()));
            }
        }
        reply
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }

    /// Breaks the connection off after so many bytes of the body.
    #[must_use]
    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        if let Self::Answer { cut, .. } = &mut self {
            *cut = Some(bytes);
        }
        self
    }

    /// The HTTP status, if there is an answer.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            Self::Reset => None,
        }
    }

    /// The reply as hyper sends it.
    ///
    /// # Errors
    /// There is none: the connection ends.
    pub(crate) fn into_response(self) -> io::Result<Response<ReplyBody>> {
        let Self::Answer {
            status,
            headers,
            mut body,
            cut,
        } = self
        else {
            return Err(io::ErrorKind::ConnectionReset.into());
        };
        let length = body.len() as u64;
        let breaks = cut.is_some_and(|cut| cut < body.len());
        if breaks {
            body.truncate(cut.unwrap_or_default());
        }
        let mut response = Response::new(ReplyBody {
            data: Some(body),
            length,
            breaks,
            is_flushed: false,
        });
        *response.status_mut() = hyper::StatusCode::from_u16(status).map_err(io::Error::other)?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value).map_err(io::Error::other)?;
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
        Ok(response)
    }
}

/// A body of known length, which may break off before it is reached.
pub(crate) struct ReplyBody {
    data: Option<Bytes>,
    length: u64,
    breaks: bool,
    is_flushed: bool,
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.data.take() {
            Some(data) if !data.is_empty() => Poll::Ready(Some(Ok(Frame::data(data)))),
            _ if self.breaks && !self.is_flushed => {
                // hyper flushes what it holds when there is nothing more for the moment.
                self.is_flushed = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            _ if self.breaks => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            _ => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.breaks && self.data.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
