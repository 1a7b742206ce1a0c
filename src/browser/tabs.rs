//! BroadcastChannel: messages to all tabs of an origin. Where there is none, messages reach no further than this page.

use js_sys::Function;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::global::method;
use super::held;
use crate::host::{Channel, LocalChannel, LocalTabs, Mailbox, Tabs};

/// What names of channels start with, apart from those of the app itself.
const PREFIX: &str = "hallpass:";

/// Opens channels of the browser, or of this page.
#[derive(Debug, Default)]
pub struct BrowserTabs(LocalTabs);

/// An open channel.
#[derive(Debug)]
pub enum BrowserChannel {
    /// Of the browser.
    Web(WebChannel),
    /// Of this page.
    Local(LocalChannel),
}

/// A BroadcastChannel, closed when dropped.
#[derive(Debug)]
pub struct WebChannel {
    channel: BroadcastChannel,
    mailbox: Mailbox<String>,
    /// Called for each message as long as this lives.
    _listener: Closure<dyn FnMut(MessageEvent)>,
    close: Option<Function>,
}

impl BrowserTabs {
    /// The best this place has.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tabs for BrowserTabs {
    type Channel = BrowserChannel;

    fn join(&self, name: &str) -> BrowserChannel {
        match BroadcastChannel::new(&format!("{PREFIX}{name}")) {
            Ok(channel) => BrowserChannel::Web(WebChannel::listen(channel)),
            Err(_) => BrowserChannel::Local(self.0.join(name)),
        }
    }
}

impl WebChannel {
    fn listen(channel: BroadcastChannel) -> Self {
        let mailbox = Mailbox::default();
        let put = mailbox.clone();
        let listener: Closure<dyn FnMut(MessageEvent)> = Closure::own_aborting(move |event: MessageEvent| {
            // Anything on the origin can post anything.
            if let Some(message) = event.data().as_string() {
                put.put(message);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        // In Node.js a channel that listens keeps the process from ending.
        if let Some(unref) = method(&channel, "unref") {
            let _ = unref.call0(&channel);
        }
        let close = method(&channel, "close").map(|close| close.bind0(&channel));
        if let Some(close) = &close {
            held::hold(close);
        }
        Self { channel, mailbox, _listener: listener, close }
    }
}

impl Channel for BrowserChannel {
    fn post(&self, message: &str) {
        match self {
            // A page that is about to go may no longer post; nobody needs what it had to say.
            Self::Web(web) => {
                let _ = web.channel.post_message(&JsValue::from_str(message));
            }
            Self::Local(local) => local.post(message),
        }
    }

    async fn next(&self) -> String {
        match self {
            Self::Web(web) => web.mailbox.next().await,
            Self::Local(local) => local.next().await,
        }
    }
}

impl Drop for WebChannel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
        if let Some(close) = &self.close {
            held::drop(close);
        }
    }
}
