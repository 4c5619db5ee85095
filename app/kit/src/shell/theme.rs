//! Dark, light, or as the device says; more contrast, or as the device says.

use crate::{Choice, Segmented, dom};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The name of the cookie and of the local entry.
const NAME: &str = "lux_theme";

/// Dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    #[default]
    Auto,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// How much contrast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contrast {
    /// As the device says.
    #[default]
    Auto,
    /// More.
    More,
    /// Normal, whatever the device says.
    Normal,
}

/// What a person chose. The document shell reads it from the cookie `lux_theme` and writes `data-theme` and
/// `data-contrast` on `<html>`, so that the first paint is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Dark or light.
    pub theme: Theme,
    /// How much contrast.
    pub contrast: Contrast,
}

impl Look {
    /// Reads a `Cookie` header, or `document.cookie`.
    #[must_use]
    pub fn from_cookies(header: &str) -> Self {
        header
            .split(';')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(name, _)| *name == NAME)
            .map(|(_, value)| Self::parse(value))
            .unwrap_or_default()
    }

    fn parse(value: &str) -> Self {
        let (theme, contrast) = value.split_once('.').unwrap_or((value, ""));
        Self {
            theme: match theme {
                "dark" => Theme::Dark,
                "light" => Theme::Light,
                _ => Theme::Auto,
            },
            contrast: match contrast {
                "more" => Contrast::More,
                "normal" => Contrast::Normal,
                _ => Contrast::Auto,
            },
        }
    }

    /// The value of `data-theme`, if it was chosen.
    #[must_use]
    pub const fn data_theme(self) -> Option<&'static str> {
        match self.theme {
            Theme::Auto => None,
            Theme::Dark => Some("dark"),
            Theme::Light => Some("light"),
        }
    }

    /// The value of `data-contrast`, if it was chosen.
    #[must_use]
    pub const fn data_contrast(self) -> Option<&'static str> {
        match self.contrast {
            Contrast::Auto => None,
            Contrast::More => Some("more"),
            Contrast::Normal => Some("normal"),
        }
    }

    fn to_value(self) -> String {
        format!("{}.{}", self.data_theme().unwrap_or("auto"), self.data_contrast().unwrap_or("auto"))
    }

    /// Puts the choice on the page and keeps it for a year.
    fn keep(self) {
        let Some(document) = dom::document() else { return };
        if let Some(root) = document.document_element() {
            for (name, value) in [("data-theme", self.data_theme()), ("data-contrast", self.data_contrast())] {
                let _ = match value {
                    Some(value) => root.set_attribute(name, value),
                    None => root.remove_attribute(name),
                };
            }
        }
        let value = self.to_value();
        if let Ok(document) = document.dyn_into::<web_sys::HtmlDocument>() {
            let _ = document.set_cookie(&format!("{NAME}={value}; path=/; max-age=31536000; samesite=lax"));
        }
        if let Some(storage) = dom::window().and_then(|window| window.local_storage().ok().flatten()) {
            let _ = storage.set_item(NAME, &value);
        }
    }
}

/// Chooses theme and contrast; acts at once.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let look = RwSignal::new(Look::default());
    // The server cannot know what this browser keeps, so the choice is read when the page is alive.
    Effect::new(move |_| {
        let kept = dom::document()
            .and_then(|document| document.dyn_into::<web_sys::HtmlDocument>().ok())
            .and_then(|document| document.cookie().ok());
        if let Some(cookies) = kept {
            look.set(Look::from_cookies(&cookies));
        }
    });
    let change = move |next: Look| {
        look.set(next);
        next.keep();
    };
    let theme = crate::Bind::new(
        Signal::derive(move || look.get().data_theme().unwrap_or("auto").to_owned()),
        move |value: String| change(Look { theme: Look::parse(&value).theme, ..look.get_untracked() }),
    );
    let contrast = crate::Bind::new(
        Signal::derive(move || look.get().data_contrast().unwrap_or("auto").to_owned()),
        move |value: String| {
            change(Look { contrast: Look::parse(&format!(".{value}")).contrast, ..look.get_untracked() });
        },
    );
    view! {
        <div class="looks">
            <span class="label">"Theme"</span>
            <Segmented
                value=theme
                label="Theme"
                options=vec![Choice::new("auto", "As the device"), Choice::new("dark", "Dark"), Choice::new("light", "Light")]
            />
            <span class="label">"Contrast"</span>
            <Segmented
                value=contrast
                label="Contrast"
                options=vec![
                    Choice::new("auto", "As the device"),
                    Choice::new("more", "More contrast"),
                    Choice::new("normal", "Normal"),
                ]
            />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_carries_both_choices() {
        let look = Look { theme: Theme::Light, contrast: Contrast::More };
        assert_eq!(Look::from_cookies(&format!("a=b; {NAME}={}", look.to_value())), look);
    }

    #[test]
    fn a_broken_cookie_means_no_choice() {
        assert_eq!(Look::from_cookies("lux_theme=<script>; x"), Look::default());
    }
}
