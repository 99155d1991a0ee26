#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| precedent_fuzz::pages(data));
