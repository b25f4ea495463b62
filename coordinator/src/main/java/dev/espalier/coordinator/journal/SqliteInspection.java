package dev.espalier.coordinator.journal;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Whether all acknowledged events are in a journal's files. It reads only: what a start refuses is left as it is for
 * whoever wants to rescue it.
 */
final class SqliteInspection {
    private static final int ESPALIER = 0x45_53_50_4c;

    private static final String FOREIGN = "SELECT count(*) FROM sqlite_schema";
    private static final String STRUCTURE = "PRAGMA integrity_check(1)";
    private static final String CONTENT = "SELECT ordering, persistence_id FROM event_journal WHERE checksum IS NOT"
            + " event_checksum(persistence_id, sequence_number, writer, write_timestamp, adapter_manifest, event_payload,"
            + " event_ser_id, event_ser_manifest) LIMIT 1";
    private static final String LAST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event_journal'";

    private final Path file;
    private final Path noted;

    /** @param file the database's */
    SqliteInspection(Path file) {
        this.file = file;
        noted = file.resolveSibling(Acknowledged.NAME);
    }

    /**
     * @throws UserError if an acknowledged event is missing, or the file is none of Espalier's
     * @throws IOException if it cannot be read
     */
    void refuseDamage() throws IOException {
        long acknowledged = Acknowledged.read(file.getParent()).orElse(0L);
        if (!Files.exists(file) || Files.size(file) == 0) {
            refuseShort(0, acknowledged);
            return;
        }
        try (Connection connection = SqliteConnection.plain(file, true);
                Statement statement = connection.createStatement()) {
            long tables = number(statement, FOREIGN);
            if (number(statement, "PRAGMA application_id") != ESPALIER) {
                if (tables > 0) {
                    throw new UserError(file + " is another program's database: move it away, or use another folder");
                }
                // A start was killed before it had made the tables.
                refuseShort(0, acknowledged);
                return;
            }
            text(statement, STRUCTURE).filter(said -> !said.equals("ok")).ifPresent(said -> {
                throw damaged(said, null);
            });
            text(statement, CONTENT).ifPresent(event -> {
                throw damaged("event " + event + " is not as it was written", null);
            });
            refuseShort(number(statement, LAST), acknowledged);
        } catch (SQLException e) {
            throw trouble(e);
        }
    }

    private void refuseShort(long last, long acknowledged) {
        if (last < acknowledged) {
            throw new UserError("the journal " + file + " has " + (last == 0 ? "no events" : "no event after " + last)
                    + ", though event " + acknowledged + " was acknowledged: it is older, or its end is missing. Put it"
                    + " back with its -wal file as they were (they belong together); or, to go on without what is"
                    + " missing, delete " + noted);
        }
    }

    private IOException trouble(SQLException e) {
        if (e instanceof SQLiteException sqlite) {
            SQLiteErrorCode code = SQLiteErrorCode.getErrorCode(sqlite.getErrorCode() & 0xff);
            if (code == SQLiteErrorCode.SQLITE_NOTADB) {
                throw new UserError(
                        file + " is no database of SQLite: put the journal back, or begin anew in another folder", e);
            } else if (code == SQLiteErrorCode.SQLITE_CORRUPT || code == SQLiteErrorCode.SQLITE_ERROR) {
                // An error in SQL that is right: the tables are not what they were.
                throw damaged(Journal.firstLine(e), e);
            }
        }
        return new IOException("the journal " + file + " cannot be opened: " + e.getMessage(), e);
    }

    private UserError damaged(String how, Throwable cause) {
        return new UserError(
                "the journal " + file + " is damaged (" + how
                        + "): put it back with its -wal file from a copy, or begin" + " anew in another folder",
                cause);
    }

    private static long number(Statement statement, String query) throws SQLException {
        return text(statement, query).map(Long::parseLong).orElse(0L);
    }

    private static Optional<String> text(Statement statement, String query) throws SQLException {
        try (ResultSet found = statement.executeQuery(query)) {
            return found.next() ? Optional.of(found.getString(1)) : Optional.empty();
        }
    }
}
