//! Integers compressed by pco: one column of equal meaning, one page per series.
//!
//! The series of a group that share a metric share the column's bins, which cost more than an
//! hour's samples would save if each series had its own (`docs/decisions/0101-history-layout.md`).
//! Every page and the shared part has its own checksum, so damage stays where it is.

use pco::wrapped::{ChunkDecompressor, FileCompressor, FileDecompressor};
use pco::{ChunkConfig, ModeSpec, PagingSpec};

use super::error::{Damage, HistoryError};

const PART: Damage = Damage("chunk");

/// One compressed column.
pub(super) struct Packed {
    /// What all pages share.
    pub(super) shared: Vec<u8>,
    /// One per series.
    pub(super) pages: Vec<Vec<u8>>,
}

/// Compresses the integers of several series together.
pub(super) fn pack(series: &[&[i32]]) -> Result<Packed, HistoryError> {
    let numbers = series.concat();
    let config = ChunkConfig::default()
        .with_mode_spec(ModeSpec::Classic)
        .with_paging_spec(PagingSpec::Exact(
            series.iter().map(|numbers| numbers.len()).collect(),
        ));
    let file = FileCompressor::default();
    let mut chunk = file.chunk_compressor(&numbers, &config).map_err(failed)?;
    let mut shared = Vec::new();
    file.write_header(&mut shared).map_err(failed)?;
    chunk.write_meta(&mut shared).map_err(failed)?;
    let mut pages = Vec::with_capacity(series.len());
    for index in 0..series.len() {
        let mut page = Vec::with_capacity(chunk.page_size_hint(index));
        chunk.write_page(index, &mut page).map_err(failed)?;
        pages.push(page);
    }
    Ok(Packed { shared, pages })
}

/// Reads single pages of a column.
pub(super) struct Unpacker {
    chunk: ChunkDecompressor<i32>,
}

impl Unpacker {
    /// Reads what the column's pages share.
    pub(super) fn new(shared: &[u8]) -> Result<Self, Damage> {
        let (file, rest) = FileDecompressor::new(shared).map_err(|_| PART)?;
        let (chunk, _) = file.chunk_decompressor(rest).map_err(|_| PART)?;
        Ok(Self { chunk })
    }

    /// Fills `numbers` from a page that holds just as many.
    pub(super) fn read(&mut self, page: &[u8], numbers: &mut [i32]) -> Result<(), Damage> {
        let mut page = self
            .chunk
            .page_decompressor(page, numbers.len())
            .map_err(|_| PART)?;
        let progress = page.read(numbers).map_err(|_| PART)?;
        if progress.n_processed == numbers.len() {
            Ok(())
        } else {
            Err(PART)
        }
    }
}

/// Compresses one list of numbers by itself.
pub(super) fn pack_alone<T: pco::data_types::Number>(
    numbers: &[T],
) -> Result<Vec<u8>, HistoryError> {
    let config = ChunkConfig::default().with_mode_spec(ModeSpec::Classic);
    pco::standalone::simple_compress(numbers, &config).map_err(failed)
}

/// Reads `count` numbers of [`pack_alone`].
pub(super) fn unpack_alone<T: pco::data_types::Number>(
    bytes: &[u8],
    count: usize,
) -> Result<Vec<T>, Damage> {
    let mut numbers = vec![T::default(); count];
    let progress =
        pco::standalone::simple_decompress_into(bytes, &mut numbers).map_err(|_| PART)?;
    if progress.finished && progress.n_processed == count {
        Ok(numbers)
    } else {
        Err(PART)
    }
}

fn failed(error: pco::errors::PcoError) -> HistoryError {
    HistoryError::Compress {
        what: error.to_string(),
    }
}
