//! The values of the configuration: the first byte chooses the variable, the rest is its text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_platform::config::{Layers, Mode, VARIABLES, load};

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let name = VARIABLES[usize::from(choice) % VARIABLES.len()].name;
    for mode in [Mode::Dev, Mode::Production] {
        let layers = Layers { environment: [(name.to_owned(), text.to_owned())].into(), ..Layers::default() };
        match load(mode, &layers) {
            Ok(loaded) => _ = (loaded.config.ports(), loaded.config.origins(), loaded.config.database_url()),
            Err(faults) => assert!(!faults.0.is_empty(), "a refusal without a reason"),
        }
    }
});
