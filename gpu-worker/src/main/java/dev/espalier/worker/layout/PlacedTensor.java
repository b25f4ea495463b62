package dev.espalier.worker.layout;

import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.WeightPlaces;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A tensor of a model as another format has it.
 *
 * @param name there
 * @param source what LLaMA calls it, of the source; {@link WeightPlaces} says where that is stored
 * @param sourceColumns of a source row; 1 for a vector
 * @param vector one dimension: the rows are its elements
 */
public record PlacedTensor(
        String name, String source, int sourceColumns, Units rowUnits, Units columnUnits, boolean vector) {
    /** Elements of the source that are read at a time, unless a row has more. */
    private static final int PIECE = 1 << 20;

    /** Takes rows in order. */
    public interface RowSink {
        /** @param row good until the next */
        void take(float[] row);
    }

    /** A matrix as it is. */
    public static PlacedTensor matrix(String name, String source, int rows, int columns) {
        return matrix(name, source, columns, Units.same(rows), Units.same(columns));
    }

    /** A vector as it is. */
    public static PlacedTensor vector(String name, String source, int elements) {
        return vector(name, source, Units.same(elements));
    }

    static PlacedTensor matrix(String name, String source, int sourceColumns, Units rows, Units columns) {
        return new PlacedTensor(name, source, sourceColumns, rows, columns, false);
    }

    static PlacedTensor vector(String name, String source, Units elements) {
        return new PlacedTensor(name, source, 1, elements, Units.same(1), true);
    }

    /** Rows of a matrix; 1 of a vector. */
    public int rows() {
        return vector ? 1 : rowUnits.length();
    }

    /** Columns of a matrix; elements of a vector. */
    public int columns() {
        return vector ? rowUnits.length() : columnUnits.length();
    }

    /** [rows, columns], or [columns] of a vector. */
    public long[] shape() {
        return vector ? new long[] {columns()} : new long[] {rows(), columns()};
    }

    /** Reads the numbers that are stored, widened to fp32, about a million at a time. */
    public void read(ModelFolder folder, RowSink sink) {
        Window window = new Window(folder);
        if (vector) {
            float[] all = new float[columns()];
            for (int i = 0; i < all.length; i++) {
                window.copy(rowUnits.source(i), Units.same(1), all, i);
            }
            sink.take(all);
            return;
        }
        float[] row = new float[columns()];
        for (int i = 0; i < rowUnits.length(); i++) {
            window.copy(rowUnits.source(i), columnUnits, row, 0);
            sink.take(row);
        }
    }

    /** Rows of the source around the one that is wanted: whole heads, since theirs are wanted in another order. */
    private final class Window {
        private final ModelFolder folder;
        private final WeightPlaces.Place place;
        private final int rows;
        private final long sourceRows;
        private float[] values = new float[0];
        private int first = -1;

        Window(ModelFolder folder) {
            this.folder = folder;
            this.place = folder.place(source);
            int fitting = Math.max(1, PIECE / Math.max(1, sourceColumns));
            int unit = rowUnits.interleaved() ? rowUnits.size() : 1;
            this.rows = Math.max(unit, fitting - fitting % unit);
            this.sourceRows = sourceColumns == 0 ? 0 : place.elements() / sourceColumns;
        }

        void copy(int sourceRow, Units columns, float[] into, int at) {
            if (sourceRow < 0 || sourceColumns == 0) {
                Arrays.fill(into, at, at + columns.length(), 0);
                return;
            }
            int offset = load(sourceRow);
            if (columns.isSame()) {
                System.arraycopy(values, offset, into, at, sourceColumns);
                return;
            }
            for (int i = 0; i < columns.length(); i++) {
                int column = columns.source(i);
                into[at + i] = column < 0 ? 0 : values[offset + column];
            }
        }

        /** Where the row begins in the window. */
        private int load(int row) {
            int wanted = row - row % rows;
            if (wanted != first) {
                int count = (int) (Math.min(rows, sourceRows - wanted) * sourceColumns);
                if (values.length < count) {
                    values = new float[count];
                }
                long from = place.from() + (long) wanted * sourceColumns;
                folder.weights().readFloats(place.name(), from, count, FloatBuffer.wrap(values));
                first = wanted;
            }
            return (row - first) * sourceColumns;
        }
    }
}
