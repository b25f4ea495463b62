package dev.espalier.coordinator.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.zip.CRC32C;
import org.sqlite.Function;

/** The SQL function {@code event_checksum}: CRC32C of its arguments' bytes, each after its length. */
final class EventChecksum extends Function {
    private static final String NAME = "event_checksum";

    /** As many as the tables' script gives it. */
    private static final int ARGUMENTS = 8;

    /** Whoever inserts events through the connection needs it. */
    static void register(Connection connection) throws SQLException {
        Function.create(connection, NAME, new EventChecksum(), ARGUMENTS, Function.FLAG_DETERMINISTIC);
    }

    @Override
    protected void xFunc() throws SQLException {
        CRC32C sum = new CRC32C();
        for (int i = 0; i < args(); i++) {
            byte[] bytes = bytes(i);
            sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            sum.update(bytes);
        }
        result(sum.getValue());
    }

    private byte[] bytes(int argument) throws SQLException {
        String text = value_text(argument);
        byte[] blob = value_blob(argument);
        return blob != null ? blob : text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    }
}
