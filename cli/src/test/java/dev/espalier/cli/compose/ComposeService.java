package dev.espalier.cli.compose;

import java.util.List;
import java.util.Map;

/**
 * A service of a compose file.
 *
 * @param dependencies what is started before, and the condition that it must fulfil
 * @param health the command that tells whether it is well
 */
record ComposeService(
        String name,
        String image,
        List<String> command,
        Map<String, String> environment,
        List<ComposeFile.Mount> mounts,
        List<String> ports,
        Map<String, String> dependencies,
        String restart,
        List<String> health,
        List<String> profiles) {
    /** Whether it does its work once, before others start. */
    boolean ends() {
        return name.equals("certificates");
    }
}
