// Package web is the one HTTP client that prices and exchange rates are fetched
// with. It asks politely (a rate limit a host, a User-Agent that says who asks),
// asks again where the server or the line failed for a moment, bounds what it
// takes, verifies every certificate, and gives errors that name the host and the
// path but never the query, which may hold a key. Its proxy is the one that
// HTTPS_PROXY and NO_PROXY name.
//
// How to fetch something new: give the adapter a *web.Client, and use GetJSON
// or Bytes for an answer that fits in memory, Get for one that is read as it
// comes. A test gives Options a Wait that returns 0 and a high PerSecond, and
// asks an httptest server.
package web
