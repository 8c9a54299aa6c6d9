//! What the kernel's release tells. Pure.

use crate::parse_number::number;

/// Is this release, as uname(2) has it, older than Linux `major`.`minor`? An unreadable one is not.
pub fn is_before(release: &[u8], major: u32, minor: u32) -> bool {
    let mut parts = release.split(|byte| !byte.is_ascii_digit()).map(number::<u32>);
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(first), Some(second)) => (first, second) < (major, minor),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases() {
        for (release, before) in [
            ("5.10.0-32-cloud-amd64", true),
            ("4.19.1", true),
            ("5.11", false),
            ("5.11-rc1", false),
            ("6.1.0", false),
            ("10.0.0", false),
            ("", false),
            ("odd", false),
        ] {
            assert_eq!(is_before(release.as_bytes(), 5, 11), before, "{release}");
        }
    }
}
