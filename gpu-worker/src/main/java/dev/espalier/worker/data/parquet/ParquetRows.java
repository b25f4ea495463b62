package dev.espalier.worker.data.parquet;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.files.Row;
import dev.espalier.worker.data.files.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * The rows of a Parquet file, of which only the column that is asked for is read, a page at a time. Values are decoded by
 * parquet-column; what stands in the file around them is read here, since parquet-hadoop does not come without Hadoop and
 * believes what a file says of its sizes.
 */
public final class ParquetRows implements Rows {
    private static final String UNREADABLE_STRUCTURE = "can not read";

    private final Path path;
    private final FileChannel file;
    private final Footer footer;
    private final MessageType wanted;
    private final MessageColumnIO columns;
    private final Iterator<RowGroup> groups;
    private final TextBound bound;
    private RecordReader<Group> records;
    private long left;
    private long number;

    private ParquetRows(Path path, FileChannel file, Footer footer, MessageType schema, MessageType wanted)
            throws IOException {
        this.path = path;
        this.file = file;
        this.footer = footer;
        this.wanted = wanted;
        this.columns = new ColumnIOFactory().getColumnIO(wanted, schema);
        this.groups = footer.data().getRow_groups().iterator();
        this.bound = new TextBound(file.size());
    }

    /**
     * @param field a column's name, or the names on the way to one within groups, with dots between them
     * @param remedy a sentence for who has named one that is not there
     * @throws UserError if the file is no Parquet file, or has no such column
     */
    public static ParquetRows open(Path path, String field, String remedy) {
        try {
            FileChannel file = FileChannel.open(path);
            try {
                Footer footer = Footer.read(file);
                MessageType schema = Schemas.read(footer.data().getSchema());
                return new ParquetRows(path, file, footer, schema, Projection.of(schema, field, remedy));
            } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
                file.close();
                throw e;
            }
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            throw unreadable(path.toString(), e);
        }
    }

    @Override
    public Optional<Row> next() {
        String where = path + ", row " + (number + 1);
        try {
            while (left == 0) {
                if (!groups.hasNext()) {
                    return Optional.empty();
                }
                enter(groups.next());
            }
            Group record = records.read();
            if (record == null) {
                throw new IOException("a row group has fewer rows than is said");
            }
            left--;
            number++;
            bound.nextRow();
            return Optional.of(new Row(new GroupValues(bound).object(record), where));
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            throw unreadable(where, e);
        }
    }

    private void enter(RowGroup group) throws IOException {
        if (group.getNum_rows() < 0) {
            throw new IOException("a row group is said to have " + group.getNum_rows() + " rows");
        }
        left = group.getNum_rows();
        if (left > 0) {
            records = columns.getRecordReader(
                    RowGroupPages.open(file, group, wanted, footer.start()), new GroupRecordConverter(wanted));
        }
    }

    /**
     * The library throws what it happens to stumble over in a damaged file, an array of the size that is written there
     * among it: nothing of that size has come to be then, so that there is memory to tell of it.
     */
    private static UserError unreadable(String where, Throwable e) {
        Throwable cause = e instanceof UncheckedIOException unchecked ? unchecked.getCause() : e;
        return new UserError("Cannot read " + where + ": " + how(cause) + ".", cause);
    }

    private static String how(Throwable cause) {
        if (cause instanceof OutOfMemoryError) {
            return "it takes more than the Java heap of "
                    + (Runtime.getRuntime().maxMemory() >> 20) + " MiB: set ESPALIER_HEAP to more; or it is damaged";
        } else if (cause instanceof CharacterCodingException) {
            return "its text is not UTF-8";
        }
        boolean told = cause instanceof IOException
                && cause.getMessage() != null
                && !cause.getMessage().startsWith(UNREADABLE_STRUCTURE);
        return told ? cause.getMessage() : "it is damaged (" + cause + "); copy it again";
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw unreadable(path.toString(), e);
        }
    }
}
