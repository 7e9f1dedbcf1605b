//! Calls with a session: logged in when needed, once more when the session ran out.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::wire::Login;
use crate::sources::panel::client::{PanelClient, Question, Refusal};

/// The main instance, beside those under it.
pub(super) const MAIN: &str = "";

/// Sessions at the main instance and at those under it.
pub(super) struct Sessions {
    pub(super) client: PanelClient,
    user: String,
    password: SecretString,
    open: Mutex<HashMap<String, String>>,
}

impl Sessions {
    pub(super) fn new(client: PanelClient, user: String, password: SecretString) -> Self {
        Self {
            client,
            user,
            password,
            open: Mutex::new(HashMap::new()),
        }
    }

    /// Calls `method` of `instance`, such as `Core/Start`.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        instance: &str,
        method: &'static str,
        arguments: Value,
    ) -> Result<T, Refusal> {
        let mut renewed = false;
        loop {
            let known = self.open.lock().await.get(instance).cloned();
            let session = match known {
                Some(session) => session,
                None => {
                    renewed = true;
                    self.log_in(instance).await?
                }
            };
            let answer = self.send(instance, method, &arguments, &session).await;
            let told = match answer {
                Ok(value) => match complaint(&value) {
                    Some(told) => told,
                    None => {
                        let read = serde_json::from_value(value);
                        return read
                            .map_err(|error| self.client.senseless(method, &error.to_string()));
                    }
                },
                Err(refusal) if matches!(refusal.status, Some(401 | 403)) => refusal.told,
                Err(refusal) => return Err(refusal),
            };
            // Of a session that is brand new it is not the session's fault.
            self.open.lock().await.remove(instance);
            if renewed {
                return Err(self.client.key_forbidden(told));
            }
        }
    }

    async fn log_in(&self, instance: &str) -> Result<String, Refusal> {
        let credentials = json!({
            "username": self.user,
            "password": self.password.expose_secret(),
            "token": "",
            "rememberMe": false,
        });
        let question = question(instance, "Core/Login", credentials);
        let login: Login = match self.client.read(question).await {
            Ok(login) => login,
            Err(refusal) if refusal.status == Some(403) => {
                return Err(self.client.key_refused(refusal.told));
            }
            Err(refusal) => return Err(refusal),
        };
        let session = login.session_id.0.filter(|session| !session.is_empty());
        match (login.success.0, session) {
            (Some(true), Some(session)) => {
                let mut open = self.open.lock().await;
                open.insert(instance.to_owned(), session.clone());
                Ok(session)
            }
            (None, None) => Err(self.client.senseless("Core/Login", "it names no session")),
            _ => {
                let told = login.reason.0.unwrap_or_default();
                Err(self.client.key_refused(told))
            }
        }
    }

    async fn send(
        &self,
        instance: &str,
        method: &'static str,
        arguments: &Value,
        session: &str,
    ) -> Result<Value, Refusal> {
        let mut body = arguments.clone();
        if let Some(body) = body.as_object_mut() {
            body.insert("SESSIONID".into(), session.into());
        }
        let answer = self.client.ask(question(instance, method, body)).await?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body)
            .map_err(|error| self.client.senseless(method, &error.to_string()))
    }
}

fn question(instance: &str, method: &'static str, body: Value) -> Question {
    let path = match instance {
        MAIN => format!("API/{method}"),
        instance => format!("API/ADSModule/Servers/{instance}/API/{method}"),
    };
    Question::post(path, method, body)
}

/// The complaint in an answer whose status is good all the same.
fn complaint(answer: &Value) -> Option<String> {
    let title = answer.get("Title")?.as_str()?;
    let is_about_rights = title.contains("Unauthorized") || title.contains("Permission");
    let text = answer.get("Message").and_then(Value::as_str);
    is_about_rights.then(|| text.unwrap_or(title).to_owned())
}
