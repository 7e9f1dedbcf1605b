//! The least that a PNG can be: one picture with a palette.

use miniz_oxide::deflate::compress_to_vec_zlib;

/// Writes a picture of `width` × `height` pixels, each a number of a colour in `palette`. `None`
/// when there is another number of pixels.
pub(super) fn encode(
    width: usize,
    height: usize,
    palette: &[[u8; 3]],
    pixels: &[u8],
) -> Option<Vec<u8>> {
    if pixels.len() != width.checked_mul(height)? || width == 0 {
        return None;
    }
    let mut header = Vec::with_capacity(13);
    header.extend(u32::try_from(width).ok()?.to_be_bytes());
    header.extend(u32::try_from(height).ok()?.to_be_bytes());
    // Eight bits a pixel, by palette; the usual compression and filters, not interlaced.
    header.extend([8, 3, 0, 0, 0]);
    let mut rows = Vec::with_capacity(pixels.len() + height);
    for row in pixels.chunks_exact(width) {
        rows.push(0);
        rows.extend_from_slice(row);
    }
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header)?;
    chunk(&mut file, *b"PLTE", palette.as_flattened())?;
    chunk(&mut file, *b"IDAT", &compress_to_vec_zlib(&rows, 6))?;
    chunk(&mut file, *b"IEND", &[])?;
    Some(file)
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) -> Option<()> {
    file.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    let start = file.len();
    file.extend(name);
    file.extend_from_slice(data);
    let check = crc32fast::hash(file.get(start..)?);
    file.extend(check.to_be_bytes());
    Some(())
}
