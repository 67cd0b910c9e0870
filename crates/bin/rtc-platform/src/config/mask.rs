//! Values as they may be printed.

use super::Show;

/// What stands where a secret would.
const MASK: &str = "********";

/// The text of a variable as it may be printed.
pub fn shown(show: Show, text: &str) -> String {
    match show {
        _ if text.is_empty() => String::new(),
        Show::Plain => text.to_owned(),
        Show::Secret => MASK.to_owned(),
        Show::Url => url(text),
        Show::IceServers => ice_servers(text),
    }
}

/// Masks the password of `scheme://user:password@host`, and any query value that is named like one.
fn url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return query(text);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{MASK}@{host}"),
            None => format!("{user}@{host}"),
        },
        None => authority.to_owned(),
    };
    format!("{scheme}://{authority}{}", query(tail))
}

fn query(text: &str) -> String {
    let Some((path, query)) = text.split_once('?') else {
        return text.to_owned();
    };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if ["password", "token", "key"].iter().any(|word| name.contains(word)) => {
            format!("{name}={MASK}")
        }
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = query.split('&').map(pair).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Masks `credential` in a JSON list; a JSON text that does not parse is masked whole.
fn ice_servers(text: &str) -> String {
    if !text.trim_start().starts_with('[') {
        return text.to_owned();
    }
    let Ok(mut servers) = serde_json::from_str::<Vec<serde_json::Value>>(text) else {
        return MASK.to_owned();
    };
    for server in &mut servers {
        if let Some(credential) = server.get_mut("credential") {
            *credential = MASK.into();
        }
    }
    serde_json::Value::from(servers).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_of_itself_not_even_its_length() {
        assert_eq!(shown(Show::Secret, "abc"), MASK);
        assert_eq!(shown(Show::Secret, &"abc".repeat(40)), MASK);
        assert_eq!(shown(Show::Secret, ""), "");
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        let cases = [
            ("postgresql://rtc:pa:ss@db:5432/rtc?schema=a", "postgresql://rtc:********@db:5432/rtc?schema=a"),
            ("postgresql://rtc:p@ss@db/rtc", "postgresql://rtc:********@db/rtc"),
            ("postgresql://db/rtc?user=a&password=b", "postgresql://db/rtc?user=a&password=********"),
            ("postgresql://rtc@db/rtc", "postgresql://rtc@db/rtc"),
            ("sqlite:./data/rtc.sqlite", "sqlite:./data/rtc.sqlite"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(Show::Url, text), expected);
        }
    }

    #[test]
    fn ice_servers_are_shown_without_their_credentials() {
        let text = r#"[{"urls":"turn:a","username":"u","credential":"hush"}]"#;
        let masked = shown(Show::IceServers, text);
        assert!(!masked.contains("hush") && masked.contains("turn:a"), "{masked}");
        assert_eq!(shown(Show::IceServers, "[{hush"), MASK);
        assert_eq!(shown(Show::IceServers, "stun:a"), "stun:a");
    }
}
