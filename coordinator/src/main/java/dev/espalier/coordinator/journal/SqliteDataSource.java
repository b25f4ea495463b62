package dev.espalier.coordinator.journal;

import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** What the connection pool opens a journal with: made and set up by it, by name. */
public final class SqliteDataSource implements DataSource {
    private Path file;

    /** @param address the database file's, as {@link Path#toUri()} gives it */
    public void setAddress(String address) {
        file = Path.of(URI.create(address));
    }

    @Override
    public Connection getConnection() throws SQLException {
        return SqliteConnection.open(file);
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLFeatureNotSupportedException("nothing is wrapped here");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }

    @Override
    public PrintWriter getLogWriter() {
        return null;
    }

    /** The driver logs nothing. */
    @Override
    public void setLogWriter(PrintWriter out) {}

    /** Opening a file does not wait for anybody; the pool has its own limit. */
    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("the driver logs nothing");
    }
}
