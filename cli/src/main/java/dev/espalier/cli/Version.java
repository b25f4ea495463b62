package dev.espalier.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Espalier.class.getPackage().getImplementationVersion();
        return new String[] {"espalier " + (version == null ? "(not packaged)" : version)};
    }
}
