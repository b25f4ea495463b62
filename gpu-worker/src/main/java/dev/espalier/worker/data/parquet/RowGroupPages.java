package dev.espalier.worker.data.parquet;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.schema.MessageType;

/** The columns of a row group that are read. */
record RowGroupPages(Map<List<String>, PageReader> pages, long rows) implements PageReadStore {
    /** @throws IOException if a column is not there, or not in this file */
    static RowGroupPages open(FileChannel file, RowGroup group, MessageType wanted, long end) throws IOException {
        Map<List<String>, ColumnMetaData> columns = new HashMap<>();
        for (ColumnChunk chunk : group.getColumns()) {
            ColumnMetaData column = chunk.getMeta_data();
            if (column == null || chunk.isSetFile_path()) {
                throw new IOException("its columns are encrypted or in other files");
            }
            columns.put(column.getPath_in_schema(), column);
        }
        Map<List<String>, PageReader> pages = new HashMap<>();
        for (ColumnDescriptor descriptor : wanted.getColumns()) {
            List<String> path = Arrays.asList(descriptor.getPath());
            ColumnMetaData column = columns.get(path);
            if (column == null) {
                throw new IOException("a row group lacks the column " + String.join(".", path));
            }
            pages.put(path, ChunkPages.open(file, column, end));
        }
        return new RowGroupPages(pages, group.getNum_rows());
    }

    @Override
    public PageReader getPageReader(ColumnDescriptor descriptor) {
        return pages.get(Arrays.asList(descriptor.getPath()));
    }

    @Override
    public long getRowCount() {
        return rows;
    }
}
