//! The built pages, embedded; in a debug build they are read from their folders at each request.

use rust_embed::RustEmbed;

/// The index page.
#[derive(RustEmbed)]
#[folder = "../../../apps/home/dist"]
pub struct Home;

/// The demo SaaS.
#[derive(RustEmbed)]
#[folder = "../../../apps/demo-saas/dist"]
pub struct Demo;

/// The live app.
#[derive(RustEmbed)]
#[folder = "../../../apps/live/dist"]
pub struct Live;

/// The script of the API reference.
#[derive(RustEmbed)]
#[folder = "../../../apps/api-docs/dist"]
pub struct ApiDocs;
