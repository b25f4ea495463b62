package dev.espalier.protocol.config;

/** Paths as a shell's user writes them; no shell sees those that stand in a file. */
final class UserHome {
    private UserHome() {}

    /** {@code ~} at the beginning of the path becomes the home folder; another user's, {@code ~name}, does not. */
    static String expanded(String path) {
        return path.equals("~") || path.startsWith("~/") ? System.getProperty("user.home") + path.substring(1) : path;
    }
}
