//! What a `DATABASE_URL` may look like.

use super::*;

fn postgres(url: &str, schema: Option<&str>) -> Result<Target, ConnectError> {
    Ok(Target::Postgres { url: url.to_owned(), schema: schema.map(str::to_owned) })
}

#[test]
fn a_sqlite_url_names_a_file_or_memory() {
    assert_eq!(parse("sqlite::memory:"), Ok(Target::Memory));
    assert_eq!(parse("sqlite://:memory:"), Ok(Target::Memory));
    assert_eq!(parse("sqlite:./data/a.db"), Ok(Target::File("./data/a.db".into())));
    assert_eq!(parse("sqlite://data/a.db?mode=rwc"), Ok(Target::File("data/a.db".into())));
    assert_eq!(parse("sqlite:///var/a b.db?schema=x"), Ok(Target::File("/var/a b.db".into())));
}

#[test]
fn a_postgresql_url_keeps_its_parameters_but_for_the_schema() {
    let url = "postgresql://me:pw@db:5432/rtc";
    assert_eq!(parse(url), postgres(url, None));
    assert_eq!(parse(&format!("{url}?schema=calls")), postgres(url, Some("calls")));
    assert_eq!(parse(&format!("{url}?schema=")), postgres(url, None));
    assert_eq!(
        parse(&format!("{url}?sslmode=prefer&schema=a_1&application_name=x")),
        postgres(&format!("{url}?sslmode=prefer&application_name=x"), Some("a_1"))
    );
    assert_eq!(parse("postgres://db/rtc"), postgres("postgres://db/rtc", None));
}

#[test]
fn another_url_is_refused_without_its_password() {
    for url in [
        "",
        "mysql://me:hunter2@db/rtc",
        "sqlite:",
        "sqlite:a.db?mode=ro",
        "postgresql://me:hunter2@db:notaport/rtc",
        "postgresql://me:hunter2@db/rtc?schema=a\"b",
        "postgresql://me:hunter2@db/rtc?schema=pg_catalog",
    ] {
        let error = parse(url).map(|_| ()).expect_err(url).to_string();
        assert!(error.starts_with("DATABASE_URL is not usable: "), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
