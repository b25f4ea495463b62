package dev.espalier.protocol.node;

import java.nio.file.Path;

/**
 * What a node shows to others, and whom it believes: PEM files.
 *
 * @param certificate signed by {@code ca}
 * @param key its private key, RSA, not encrypted
 * @param ca certificate of the authority that signs the certificates of all nodes
 * @param http whether HTTP speaks TLS as well
 */
public record TlsConfig(Path certificate, Path key, Path ca, boolean http) {}
