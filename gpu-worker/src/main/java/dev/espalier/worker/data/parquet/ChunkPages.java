package dev.espalier.worker.data.parquet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;

/** The pages of one column in one row group, read from the file one after another. */
final class ChunkPages implements PageReader {
    /** Of a page: writers make some ten thousand, and one run of a few bytes can stand for any number. */
    private static final int MOST_VALUES = 1 << 22;

    /** Of a chunk besides so many for each of its bytes: writers pack the levels of a million empty values into a few. */
    private static final long FREE_VALUES = 1L << 22;

    private static final int MOST_RATIO = 200;

    private final ChunkInput in;
    private final CompressionCodec codec;
    private final long values;
    private final long most;
    private long given;
    private PageHeader waiting;
    private boolean first = true;

    private ChunkPages(ChunkInput in, CompressionCodec codec, long values) {
        this.in = in;
        this.codec = codec;
        this.values = values;
        this.most = FREE_VALUES + MOST_RATIO * in.remaining();
    }

    /**
     * @param end of the part of the file that holds columns
     * @throws IOException if the chunk is said to be elsewhere
     */
    static ChunkPages open(FileChannel file, ColumnMetaData column, long end) throws IOException {
        long from = column.isSetDictionary_page_offset() && column.getDictionary_page_offset() > 0
                ? Math.min(column.getDictionary_page_offset(), column.getData_page_offset())
                : column.getData_page_offset();
        long length = column.getTotal_compressed_size();
        if (from < Integer.BYTES || length < 0 || from > end || length > end - from || column.getNum_values() < 0) {
            throw new IOException(
                    "a column is said to be at byte " + from + " and " + length + " long, outside its place");
        }
        return new ChunkPages(new ChunkInput(file, from, from + length), column.getCodec(), column.getNum_values());
    }

    @Override
    public long getTotalValueCount() {
        return values;
    }

    @Override
    public DictionaryPage readDictionaryPage() {
        try {
            if (!first) {
                throw new IOException("a dictionary is asked for twice");
            }
            first = false;
            PageHeader header = header();
            if (header.getType() != PageType.DICTIONARY_PAGE) {
                waiting = header;
                return null;
            }
            DictionaryPageHeader dictionary = header.getDictionary_page_header();
            byte[] bytes = PageCodec.unpacked(codec, packed(header), header.getUncompressed_page_size());
            if (dictionary == null || dictionary.getNum_values() < 0 || dictionary.getNum_values() > bytes.length) {
                throw new IOException("a dictionary is said to have more values than fit into it");
            }
            return new DictionaryPage(
                    BytesInput.from(bytes), dictionary.getNum_values(), encoding(dictionary.getEncoding()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public DataPage readPage() {
        try {
            PageHeader header = waiting != null ? waiting : header();
            waiting = null;
            while (header.getType() != PageType.DATA_PAGE && header.getType() != PageType.DATA_PAGE_V2) {
                if (header.getType() == PageType.DICTIONARY_PAGE) {
                    throw new IOException("a column has a second dictionary");
                }
                in.bytes(header.getCompressed_page_size());
                header = header();
            }
            return header.getType() == PageType.DATA_PAGE ? first(header) : second(header);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private PageHeader header() throws IOException {
        if (in.remaining() == 0) {
            throw new IOException("a column has fewer values than is said");
        }
        return Util.readPageHeader(in);
    }

    private byte[] packed(PageHeader header) throws IOException {
        byte[] bytes = in.bytes(header.getCompressed_page_size());
        if (header.isSetCrc()) {
            CRC32 crc = new CRC32();
            crc.update(bytes);
            if ((int) crc.getValue() != header.getCrc()) {
                throw new IOException("a page is damaged: its checksum differs");
            }
        }
        return bytes;
    }

    /** All values of a row come to be before anyone can ask how large it is. */
    private void requireFew(int count) throws IOException {
        if (count < 0) {
            throw new IOException("a page has no header of its own");
        }
        given += count;
        if (count > MOST_VALUES || given > most) {
            throw new IOException("a page is said to have more values than its bytes can stand for");
        }
    }

    /** A page whose levels and values are compressed together. */
    private DataPage first(PageHeader header) throws IOException {
        DataPageHeader page = header.getData_page_header();
        requireFew(page == null ? -1 : page.getNum_values());
        byte[] bytes = PageCodec.unpacked(codec, packed(header), header.getUncompressed_page_size());
        return new DataPageV1(
                BytesInput.from(bytes),
                page.getNum_values(),
                bytes.length,
                null,
                encoding(page.getRepetition_level_encoding()),
                encoding(page.getDefinition_level_encoding()),
                encoding(page.getEncoding()));
    }

    /** A page whose levels stand before the values and are never compressed. */
    private DataPage second(PageHeader header) throws IOException {
        DataPageHeaderV2 page = header.getData_page_header_v2();
        requireFew(page == null ? -1 : page.getNum_values());
        byte[] bytes = packed(header);
        int repetition = page.getRepetition_levels_byte_length();
        int definition = page.getDefinition_levels_byte_length();
        if (repetition < 0 || definition < 0 || (long) repetition + definition > bytes.length) {
            throw new IOException("a page is said to have longer levels than bytes");
        }
        int levels = repetition + definition;
        byte[] data = Arrays.copyOfRange(bytes, levels, bytes.length);
        boolean packed = !page.isSetIs_compressed() || page.isIs_compressed();
        return DataPageV2.uncompressed(
                page.getNum_rows(),
                page.getNum_nulls(),
                page.getNum_values(),
                BytesInput.from(bytes, 0, repetition),
                BytesInput.from(bytes, repetition, definition),
                encoding(page.getEncoding()),
                BytesInput.from(
                        packed && data.length > 0
                                ? PageCodec.unpacked(codec, data, header.getUncompressed_page_size() - levels)
                                : data),
                null);
    }

    private static Encoding encoding(org.apache.parquet.format.Encoding encoding) throws IOException {
        if (encoding == null) {
            throw new IOException("a page does not say how it is encoded");
        }
        return Encoding.valueOf(encoding.name());
    }
}
