package dev.espalier.protocol.node;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes what TLS between nodes needs: an authority of the cluster's own, and certificates that it signs. What is there
 * already is kept. The work is done by the keytool that comes with Java.
 */
public final class Certificates {
    /** The name that all certificates have in common, without which a node lets nobody in. */
    private static final String CLUSTER = "espalier";

    private static final List<String> EVERYWHERE = List.of(CLUSTER, "localhost", "127.0.0.1");
    private static final String AUTHORITY = "ca";
    private static final String PASSWORD = "ESPALIER_STORE_PASSWORD";
    private static final int KEY_BITS = 3072;
    private static final int PEM_WIDTH = 64;

    private final Path folder;
    private final int days;

    /** @param days that certificates are valid */
    public Certificates(Path folder, int days) {
        this.folder = folder;
        this.days = days;
    }

    /**
     * A certificate and its key, for one node or for many.
     *
     * @param name of its files: {@code NAME.pem} and {@code NAME.key}, besides {@code ca.pem} and {@code ca.key}
     * @param hosts by which others reach the nodes: names or addresses
     * @return whether it was made; false: it was there, and holds these names
     * @throws UserError if there is another one by this name, or the authority's key is elsewhere
     */
    public boolean make(String name, List<String> hosts) throws IOException, InterruptedException {
        Set<String> names = new LinkedHashSet<>(EVERYWHERE);
        names.addAll(hosts);
        if (Files.exists(certificate(name))) {
            requireNames(certificate(name), names);
            return false;
        }
        if (!Files.exists(folder)) {
            Files.createDirectories(folder);
            restrict(folder, "rwx------");
        }
        Path temporary = Files.createTempDirectory("espalier-certificates");
        byte[] secret = new byte[16];
        new SecureRandom().nextBytes(secret);
        String password = HexFormat.of().formatHex(secret);
        Path file = temporary.resolve("store.p12");
        try {
            openAuthority(file, password);
            keytool(
                    file,
                    password,
                    "-genkeypair",
                    List.of(
                            "-alias", name,
                            "-signer", AUTHORITY,
                            "-dname", "CN=Espalier node",
                            "-ext", "bc:critical=ca:false",
                            "-ext", "ku:critical=digitalSignature",
                            "-ext", "eku=serverAuth,clientAuth",
                            "-ext",
                                    "san="
                                            + names.stream()
                                                    .map(Certificates::general)
                                                    .collect(Collectors.joining(","))));
            save(read(file, password), name, password);
            return true;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("what keytool has just written cannot be read", e);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(temporary);
        }
    }

    /** The authority signs nothing any more: its key is deleted. */
    public void forgetAuthority() throws IOException {
        Files.deleteIfExists(key(AUTHORITY));
    }

    public Path certificate(String name) {
        return folder.resolve(name + ".pem");
    }

    public Path key(String name) {
        return folder.resolve(name + ".key");
    }

    /** The authority's certificate, which all nodes and clients believe. */
    public Path authority() {
        return certificate(AUTHORITY);
    }

    private void openAuthority(Path file, String password)
            throws IOException, InterruptedException, GeneralSecurityException {
        if (!Files.exists(authority())) {
            keytool(
                    file,
                    password,
                    "-genkeypair",
                    List.of(
                            "-alias", AUTHORITY,
                            "-dname", "CN=Espalier authority",
                            "-ext", "bc:critical=ca:true,pathlen:0",
                            "-ext", "ku:critical=keyCertSign"));
            save(read(file, password), AUTHORITY, password);
            return;
        }
        if (!Files.exists(key(AUTHORITY))) {
            throw new UserError(key(AUTHORITY) + " is not there: certificates are made where the key of their authority"
                    + " is. To begin with another authority, for all nodes anew, give another folder");
        }
        Collection<X509Certificate> chain = Tls.certificates(authority());
        KeyStore store = Tls.empty();
        store.setKeyEntry(
                AUTHORITY, Tls.key(key(AUTHORITY)), password.toCharArray(), chain.toArray(new Certificate[0]));
        try (var out = Files.newOutputStream(file)) {
            store.store(out, password.toCharArray());
        }
    }

    /** The node's own certificate alone: others have that of the authority. */
    private void save(KeyStore store, String name, String password) throws IOException, GeneralSecurityException {
        PrivateKey key = (PrivateKey) store.getKey(name, password.toCharArray());
        // The key first: a certificate is only there with it.
        AtomicFiles.write(key(name), temporary -> {
            restrict(temporary, "rw-------");
            Files.writeString(temporary, pem("PRIVATE KEY", key.getEncoded()));
        });
        byte[] certificate = store.getCertificateChain(name)[0].getEncoded();
        AtomicFiles.write(certificate(name), pem("CERTIFICATE", certificate).getBytes(StandardCharsets.US_ASCII));
    }

    private void keytool(Path file, String password, String command, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                command,
                "-keyalg",
                "RSA",
                "-keysize",
                Integer.toString(KEY_BITS),
                "-validity",
                Integer.toString(days),
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass:env",
                PASSWORD));
        words.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().put(PASSWORD, password);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool cannot make a certificate: " + said.strip());
        }
    }

    private static KeyStore read(Path file, String password) throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(file.toFile(), password.toCharArray());
    }

    private static void requireNames(Path file, Set<String> wanted) {
        Set<String> missing = new LinkedHashSet<>(wanted);
        missing.removeAll(names(Tls.certificates(file).iterator().next()));
        if (!missing.isEmpty()) {
            throw new UserError(file + " is there already, without " + String.join(", ", missing)
                    + ": delete it and its key to have it made anew, or choose another --name");
        }
    }

    /** Of a certificate: host names and addresses. */
    private static Set<String> names(X509Certificate certificate) {
        try {
            return certificate.getSubjectAlternativeNames().stream()
                    .map(name -> name.get(1).toString())
                    .collect(Collectors.toSet());
        } catch (CertificateParsingException e) {
            throw new UserError("the names in a certificate cannot be read: " + e.getMessage(), e);
        }
    }

    private static String general(String host) {
        return (host.matches("[0-9.]+") ? "ip:" : "dns:") + host;
    }

    private static String pem(String what, byte[] der) {
        String text = Base64.getMimeEncoder(PEM_WIDTH, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
    }

    private static void restrict(Path path, String rights) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        if (view != null) {
            view.setPermissions(PosixFilePermissions.fromString(rights));
        }
    }
}
