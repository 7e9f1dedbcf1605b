//! One query as its protocol sees it: what was asked for, and the lines it may open.

use std::net::SocketAddr;
use std::sync::Arc;

use secrecy::SecretString;

use super::super::QueryError;
use super::super::request::{Options, Request};
use super::{Budget, Patience, TcpLine, UdpLine, Web, address};
use crate::http::Forbidden;

/// One query as its protocol sees it.
#[derive(Debug)]
pub(in super::super) struct Call {
    request: Request,
    budget: Arc<Budget>,
}

impl Call {
    pub(in super::super) const fn new(request: Request, budget: Arc<Budget>) -> Self {
        Self { request, budget }
    }

    pub(in super::super) fn host(&self) -> &str {
        &self.request.host
    }

    pub(in super::super) const fn port(&self) -> u16 {
        self.request.port
    }

    pub(in super::super) const fn options(&self) -> &Options {
        &self.request.options
    }

    /// The password or token, without which this protocol cannot ask.
    pub(in super::super) fn secret(&self) -> Result<&SecretString, QueryError> {
        let secret = self.request.options.secret.as_ref();
        secret.ok_or(QueryError::Missing("the password or token"))
    }

    /// Where the host is. One address that is kept out of is enough to leave all of them alone:
    /// an honest name has none.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, QueryError> {
        let addresses = address::resolve(self.host(), self.port()).await?;
        for address in &addresses {
            let checked = self.options().guard.check(*address);
            checked.map_err(|Forbidden { address, what }| {
                QueryError::Forbidden(format!("{address} is not asked: it is {what}"))
            })?;
        }
        Ok(addresses)
    }

    pub(in super::super) async fn udp(&self) -> Result<UdpLine, QueryError> {
        let addresses = self.addresses().await?;
        UdpLine::open(&addresses, Arc::clone(&self.budget)).await
    }

    pub(in super::super) async fn tcp(&self, patience: Patience) -> Result<TcpLine, QueryError> {
        let end = self.budget.end_of(patience);
        let addresses = self.addresses().await?;
        TcpLine::open(&addresses, end, Arc::clone(&self.budget)).await
    }

    pub(in super::super) async fn web(&self, https: bool) -> Result<Web, QueryError> {
        self.addresses().await?;
        Web::open(&self.request, https, Arc::clone(&self.budget))
    }
}
