use std::time::Duration;

use super::{HEIGHT, LINE, Series, WIDTH, draw};
use crate::model::time::Window;
use crate::notify::tests::{NOW, alert};

fn series(figures: &[Option<f64>]) -> Series {
    let step = Duration::from_secs(60);
    let at = |index: usize| NOW + step * u32::try_from(index).expect("few");
    Series {
        window: Window {
            from: NOW,
            to: at(figures.len()),
        },
        points: figures
            .iter()
            .enumerate()
            .map(|(index, figure)| (at(index), *figure))
            .collect(),
    }
}

/// Name and data of each chunk; the check sums are looked at, too.
fn chunks(png: &[u8]) -> Vec<(String, Vec<u8>)> {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let mut rest = &png[8..];
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest[..4].try_into().expect("four")) as usize;
        let (body, after) = rest[4..].split_at(4 + length);
        let check = u32::from_be_bytes(after[..4].try_into().expect("four"));
        assert_eq!(crc32fast::hash(body), check);
        let name = String::from_utf8_lossy(&body[..4]).into_owned();
        chunks.push((name, body[4..].to_vec()));
        rest = &after[4..];
    }
    chunks
}

#[test]
fn a_series_becomes_a_whole_png_that_is_small() {
    let figures: Vec<Option<f64>> = (0..120).map(|i| Some(f64::from(i) / 130.0)).collect();
    let png = draw(&series(&figures), &alert()).expect("a picture");
    assert!(png.len() < 20_000, "{}", png.len());
    let chunks = chunks(&png);
    let names: Vec<&str> = chunks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["IHDR", "PLTE", "IDAT", "IEND"]);
    let pixels = miniz_oxide::inflate::decompress_to_vec_zlib(&chunks[2].1).expect("pixels");
    assert_eq!(pixels.len(), (WIDTH + 1) * HEIGHT);
    assert!(pixels.contains(&LINE));
}

#[test]
fn there_is_no_picture_of_nothing_and_a_gap_is_not_drawn_over() {
    for figures in [
        &[][..],
        &[Some(1.0)],
        &[None, None],
        &[Some(f64::NAN), None],
    ] {
        assert_eq!(draw(&series(figures), &alert()), None, "{figures:?}");
    }
    let gap = draw(&series(&[Some(0.5), None, None, Some(0.5)]), &alert());
    let whole = draw(&series(&[Some(0.5); 4]), &alert());
    assert_ne!(gap, whole);
}
