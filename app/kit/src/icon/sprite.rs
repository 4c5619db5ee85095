//! The drawings as one string; kept apart so that the document shell alone links it.

/// All symbols and the mark.
pub(super) const SPRITE: &str = r##"<linearGradient id="lux" x1="3" y1="21" x2="21" y2="3" gradientUnits="userSpaceOnUse"><stop stop-color="#bc00ed"/><stop offset=".5" stop-color="#e4055c"/><stop offset="1" stop-color="#00ffb4"/></linearGradient><symbol id="lux-mark" viewBox="0 0 24 24"><path d="M12 1.8 22.2 12 12 22.2 1.8 12z" fill="none" stroke="url(#lux)" stroke-width="1.8" stroke-linejoin="round"/><path d="M12 7.2v9.6M7.2 12h9.6" stroke="url(#lux)" stroke-width="1.8" stroke-linecap="round"/></symbol>
<symbol id="i-home" viewBox="0 0 24 24"><path d="M4 11.5 12 4l8 7.5M6 10v9h4.5v-5h3v5H18v-9"/></symbol>
<symbol id="i-mail" viewBox="0 0 24 24"><path d="M3.5 6h17v12h-17zM4 6.5l8 6.5 8-6.5"/></symbol>
<symbol id="i-text" viewBox="0 0 24 24"><path d="M4 5h16v11h-9l-4.5 4v-4H4zM8 9.5h8M8 12.5h5"/></symbol>
<symbol id="i-social" viewBox="0 0 24 24"><path d="M8.3 10.7l6.6-3.6M8.3 13.3l6.6 3.6"/><circle cx="6" cy="12" r="2.5"/><circle cx="17.2" cy="6" r="2.5"/><circle cx="17.2" cy="18" r="2.5"/></symbol>
<symbol id="i-campaign" viewBox="0 0 24 24"><path d="M20.5 4 3.5 10.5l6.5 3 3 7zM10 13.5l4.5-4.5"/></symbol>
<symbol id="i-chart" viewBox="0 0 24 24"><path d="M4 4v16h16M8.5 15.5v-4M13 15.5v-8M17.5 15.5V11"/></symbol>
<symbol id="i-calendar" viewBox="0 0 24 24"><path d="M4 6h16v14H4zM4 10.5h16M8.5 3.5V8M15.5 3.5V8"/></symbol>
<symbol id="i-flow" viewBox="0 0 24 24"><path d="M3.5 4.5h6v5h-6zM14.5 14.5h6v5h-6zM6.5 9.5V17h8"/></symbol>
<symbol id="i-agent" viewBox="0 0 24 24"><path d="M12 3.5c.8 5 3.5 7.7 8.5 8.5-5 .8-7.7 3.5-8.5 8.5-.8-5-3.5-7.7-8.5-8.5 5-.8 7.7-3.5 8.5-8.5z"/></symbol>
<symbol id="i-people" viewBox="0 0 24 24"><circle cx="9" cy="8" r="3.5"/><path d="M2.5 19.5c.5-4 3-6 6.5-6s6 2 6.5 6M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 13.8c2 .8 3.2 2.8 3.5 5.7"/></symbol>
<symbol id="i-person" viewBox="0 0 24 24"><circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.6-4.5 3.5-6.5 7.5-6.5s6.9 2 7.5 6.5"/></symbol>
<symbol id="i-deal" viewBox="0 0 24 24"><path d="M4 4.5h4.5v15H4zM10 4.5h4.5v10H10zM16 4.5h4v6h-4z"/></symbol>
<symbol id="i-rings" viewBox="0 0 24 24"><circle cx="9" cy="12" r="5.5"/><circle cx="15" cy="12" r="5.5"/></symbol>
<symbol id="i-target" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4"/><path d="M12 12h.01"/></symbol>
<symbol id="i-plug" viewBox="0 0 24 24"><path d="M8.5 3.5V8M15.5 3.5V8M6 8h12v3.5a6 6 0 0 1-12 0zM12 17.5V21"/></symbol>
<symbol id="i-sliders" viewBox="0 0 24 24"><path d="M4 7h8M17 7h3M4 17h3M12 17h8"/><circle cx="14.5" cy="7" r="2.5"/><circle cx="9.5" cy="17" r="2.5"/></symbol>
<symbol id="i-search" viewBox="0 0 24 24"><circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5.5 5.5"/></symbol>
<symbol id="i-bell" viewBox="0 0 24 24"><path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 21h4"/></symbol>
<symbol id="i-stop" viewBox="0 0 24 24"><path d="M8.3 3.5h7.4l4.8 4.8v7.4l-4.8 4.8H8.3l-4.8-4.8V8.3zM8.5 12h7"/></symbol>
<symbol id="i-check" viewBox="0 0 24 24"><path d="M4.5 12.5l5 5 10-11"/></symbol>
<symbol id="i-x" viewBox="0 0 24 24"><path d="M6 6l12 12M18 6L6 18"/></symbol>
<symbol id="i-plus" viewBox="0 0 24 24"><path d="M12 5v14M5 12h14"/></symbol>
<symbol id="i-down" viewBox="0 0 24 24"><path d="M6 9.5l6 6 6-6"/></symbol>
<symbol id="i-right" viewBox="0 0 24 24"><path d="M9.5 6l6 6-6 6"/></symbol>
<symbol id="i-left" viewBox="0 0 24 24"><path d="M14.5 6l-6 6 6 6"/></symbol>
<symbol id="i-sort" viewBox="0 0 24 24"><path d="M12 5v14M6.5 13.5L12 19l5.5-5.5"/></symbol>
<symbol id="i-dots" viewBox="0 0 24 24"><path d="M5.5 12h.01M12 12h.01M18.5 12h.01" stroke-width="2.6"/></symbol>
<symbol id="i-grip" viewBox="0 0 24 24"><path d="M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01" stroke-width="2.2"/></symbol>
<symbol id="i-pause" viewBox="0 0 24 24"><path d="M8.5 5.5v13M15.5 5.5v13"/></symbol>
<symbol id="i-play" viewBox="0 0 24 24"><path d="M7.5 5l11 7-11 7z"/></symbol>
<symbol id="i-retry" viewBox="0 0 24 24"><path d="M19.5 12a7.5 7.5 0 1 1-2.4-5.5M19.5 3.5v4h-4"/></symbol>
<symbol id="i-clock" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.3l3.5 2"/></symbol>
<symbol id="i-alert" viewBox="0 0 24 24"><path d="M12 4l9 15.5H3zM12 10v4.5M12 17h.01"/></symbol>
<symbol id="i-info" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5"/><path d="M12 11.5V16M12 8h.01"/></symbol>
<symbol id="i-query" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5"/><path d="M9.5 9.8c.2-3.3 5-3 5 0 0 1.9-2.5 1.9-2.5 3.9M12 16.5h.01"/></symbol>
<symbol id="i-link" viewBox="0 0 24 24"><path d="M10 14a3.8 3.8 0 0 0 5.4 0l3.5-3.5a3.8 3.8 0 0 0-5.4-5.4L12.3 6.3M14 10a3.8 3.8 0 0 0-5.4 0l-3.5 3.5a3.8 3.8 0 0 0 5.4 5.4l1.2-1.2"/></symbol>
<symbol id="i-filter" viewBox="0 0 24 24"><path d="M4 7h16M7 12h10M10 17h4"/></symbol>
<symbol id="i-columns" viewBox="0 0 24 24"><path d="M4 5h16v14H4zM9.5 5v14M14.5 5v14"/></symbol>
<symbol id="i-download" viewBox="0 0 24 24"><path d="M12 4v11M7 10.5l5 5 5-5M4.5 19.5h15"/></symbol>
<symbol id="i-upload" viewBox="0 0 24 24"><path d="M12 15.5v-11M7 9.5l5-5 5 5M4.5 19.5h15"/></symbol>
<symbol id="i-eye" viewBox="0 0 24 24"><path d="M2.5 12c5-8.5 14-8.5 19 0-5 8.5-14 8.5-19 0z"/><circle cx="12" cy="12" r="3"/></symbol>
<symbol id="i-phone" viewBox="0 0 24 24"><path d="M7.5 3h9v18h-9zM11 18h2"/></symbol>
<symbol id="i-desk" viewBox="0 0 24 24"><path d="M3.5 5h17v11h-17zM9 20h6M12 16v4"/></symbol>
<symbol id="i-call" viewBox="0 0 24 24"><path d="M5 4h4l1.5 5-2.5 1.5a11 11 0 0 0 5.5 5.5l1.5-2.5 5 1.5v4c-9 1-16-6-15-15z"/></symbol>
<symbol id="i-note" viewBox="0 0 24 24"><path d="M5 4h14v10l-6 6H5zM13 20v-6h6M8.5 8.5h7M8.5 12h3"/></symbol>
<symbol id="i-pencil" viewBox="0 0 24 24"><path d="M4.5 19.5l1-4.5L16.5 4l3.5 3.5L9 18.5zM14 6.5l3.5 3.5"/></symbol>
<symbol id="i-copy" viewBox="0 0 24 24"><path d="M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4"/></symbol>
<symbol id="i-trash" viewBox="0 0 24 24"><path d="M4.5 7h15M9.5 7V4h5v3M6.5 7l1 13h9l1-13M10.5 11v5.5M13.5 11v5.5"/></symbol>
<symbol id="i-image" viewBox="0 0 24 24"><path d="M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5"/><circle cx="15" cy="9" r="1.3"/></symbol>
<symbol id="i-heading" viewBox="0 0 24 24"><path d="M6.5 5v14M17.5 5v14M6.5 12h11"/></symbol>
<symbol id="i-lines" viewBox="0 0 24 24"><path d="M4.5 7h15M4.5 12h15M4.5 17h9"/></symbol>
<symbol id="i-button" viewBox="0 0 24 24"><path d="M3.5 8h17v8h-17zM8.5 12h7"/></symbol>
<symbol id="i-box" viewBox="0 0 24 24"><path d="M4 8l8-4.5L20 8v8.5l-8 4.5-8-4.5zM4 8l8 4.5L20 8M12 12.5V21"/></symbol>
<symbol id="i-lock" viewBox="0 0 24 24"><path d="M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"/></symbol>
<symbol id="i-shield" viewBox="0 0 24 24"><path d="M12 3.5l7.5 2.5v5.5c0 4.5-3 7.5-7.5 9-4.5-1.5-7.5-4.5-7.5-9V6z"/></symbol>
<symbol id="i-sun" viewBox="0 0 24 24"><circle cx="12" cy="12" r="3.8"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4"/></symbol>
<symbol id="i-tag" viewBox="0 0 24 24"><path d="M4 4h8l8 8-8 8-8-8zM8.5 8.5h.01"/></symbol>
<symbol id="i-cart" viewBox="0 0 24 24"><path d="M3 4.5h2.5l2.5 11h9.5l2.5-8H6.5"/><circle cx="9.5" cy="19" r="1.3"/><circle cx="16" cy="19" r="1.3"/></symbol>
<symbol id="i-out" viewBox="0 0 24 24"><path d="M13 4.5h6.5V11M19 5l-9 9M10 5.5H4.5v14h14V14"/></symbol>
<symbol id="i-more" viewBox="0 0 24 24"><path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z"/></symbol>
<symbol id="i-click" viewBox="0 0 24 24"><path d="M9.5 9.5l11 4-5 2-2 5zM9 3.5v2M3.5 9h2M5 5l1.5 1.5"/></symbol>
<symbol id="i-reply" viewBox="0 0 24 24"><path d="M9.5 6L4 11.5 9.5 17M4.5 11.5h8.5c4 0 6.5 2 7 6.5"/></symbol>
<symbol id="i-up" viewBox="0 0 24 24"><path d="M6 15l6-6 6 6"/></symbol>
<symbol id="i-moon" viewBox="0 0 24 24"><path d="M19 14.5A7.5 7.5 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.5z"/></symbol>
<symbol id="i-contrast" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8"/><path d="M12 4v16M14.5 5v14M17 6.5v11"/></symbol>
<symbol id="i-send" viewBox="0 0 24 24"><path d="M20 4 3.5 10.5l6.5 3.5 3.5 6.5zM10 14l4-4"/></symbol>
<symbol id="i-hide" viewBox="0 0 24 24"><path d="M4 4l16 16M9.5 6.4A9 9 0 0 1 12 6c5 0 8.5 6 8.5 6a16 16 0 0 1-2.6 3.2M6.4 8A15 15 0 0 0 3.5 12s3.5 6 8.5 6a8.5 8.5 0 0 0 3.6-.8"/></symbol>
<symbol id="i-undo" viewBox="0 0 24 24"><path d="M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H9"/></symbol>
<symbol id="i-key" viewBox="0 0 24 24"><circle cx="8" cy="15" r="4"/><path d="M11 12l8.5-8.5M16 7l3 3M13.5 9.5l2 2"/></symbol>
<symbol id="i-globe" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c3 2.6 3 14.4 0 17M12 3.5c-3 2.6-3 14.4 0 17"/></symbol>
<symbol id="i-code" viewBox="0 0 24 24"><path d="M8 7l-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14"/></symbol>
<symbol id="i-keyboard" viewBox="0 0 24 24"><path d="M3 6.5h18v11H3zM7 10h.01M10.5 10h.01M14 10h.01M17 10h.01M8 14h8"/></symbol>
<symbol id="i-wider" viewBox="0 0 24 24"><path d="M4 6v12M20 6v12M8 12h8M10.5 9.5 8 12l2.5 2.5M13.5 9.5 16 12l-2.5 2.5"/></symbol>
<symbol id="i-cut" viewBox="0 0 24 24"><path d="M4 4l16 16M8.5 14a5 5 0 0 1 5-1M5.5 10.7A9.5 9.5 0 0 1 9 8.6M12.5 8a9.5 9.5 0 0 1 6 2.7M12 18h.01"/></symbol>
<symbol id="i-folder" viewBox="0 0 24 24"><path d="M3.5 6h6l2 2.5h9V19h-17z"/></symbol>
<symbol id="i-home-firm" viewBox="0 0 24 24"><path d="M5 20V5h9v15M14 10h5v10M3.5 20h17M8 8.5h3M8 12h3M8 15.5h3"/></symbol>
<symbol id="i-gear" viewBox="0 0 24 24"><circle cx="12" cy="12" r="3"/><path d="M12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2.1 2.1M15.9 15.9 18 18M18 6l-2.1 2.1M8.1 15.9 6 18"/></symbol>
<symbol id="i-bolt" viewBox="0 0 24 24"><path d="M13 3.5 5.5 13.5H12l-1 7 7.5-10H12z"/></symbol>
<symbol id="i-history" viewBox="0 0 24 24"><path d="M4.5 8A8.5 8.5 0 1 1 3.5 12M4 4v4.5h4.5M12 7.5V12l3 2"/></symbol>
<symbol id="i-print" viewBox="0 0 24 24"><path d="M7 8V4h10v4M7 16H4V8h16v8h-3M7 13.5h10V20H7z"/></symbol>
"##;
