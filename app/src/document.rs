//! The HTML document around the application.

use crate::App;
use kit::{IconSprite, Look};
use leptos::hydration::{AutoReload, HydrationScripts};
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The document. `look` comes from the cookie, so that the first paint is right.
pub fn shell(options: LeptosOptions, look: Look) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=look.data_theme() data-contrast=look.data_contrast()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="dark light" />
                <meta name="theme-color" content="#000000" />
                <link rel="stylesheet" href="/pkg/lux.css" />
                <link rel="icon" href="/icons/lux.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icons/lux-192.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
                <IconSprite />
            </body>
        </html>
    }
}
