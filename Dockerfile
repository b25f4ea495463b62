# syntax=docker/dockerfile:1
# Espalier in a container: `docker build --target cpu .` for processors, `docker build --target cuda .` for GPUs.
# Everything that runs is inside: containers start without a network.
#
# linux/amd64, on bases with glibc 2.34 or later, which the tokenizer's library needs.

FROM maven:3.9.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -q -B -DskipTests package
# The natives of libtorch and of the tokenizer lie in jars, and are unpacked where they are first used: here.
ENV DJL_CACHE_DIR=/opt/djl OPT_OUT_TRACKING=true RUST_FLAVOR=cpu
RUN cli/target/dist/espalier generate cli/src/main/resources/demo/model --prompt Once --tokens 1

FROM eclipse-temurin:17.0.17_10-jre-noble AS cpu
ARG UID=10001
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid "$UID" --create-home --shell /usr/sbin/nologin espalier \
    && install -d -o espalier -g espalier /data /models /texts /certificates
COPY --from=build --chown=espalier:espalier /opt/djl /opt/djl
COPY --from=build /src/cli/target/dist /opt/espalier
COPY docker/worker.conf /etc/espalier/worker.conf
ENV DJL_CACHE_DIR=/opt/djl DJL_OFFLINE=true OPT_OUT_TRACKING=true RUST_FLAVOR=cpu ESPALIER_DATA=/data
USER espalier
WORKDIR /data
VOLUME /data
EXPOSE 7700 7701 9464
# The launcher replaces itself by Java, which so gets SIGTERM: a worker gives its work back before it goes.
ENTRYPOINT ["/opt/espalier/espalier"]
CMD ["--help"]

FROM ubuntu:22.04 AS libtorch-cuda
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl unzip
RUN curl -fsSL -o /tmp/libtorch.zip \
        "https://download.pytorch.org/libtorch/cu128/libtorch-cxx11-abi-shared-with-deps-2.7.1%2Bcu128.zip" \
    && unzip -q /tmp/libtorch.zip 'libtorch/lib/*' -x '*.a' -d /opt \
    && rm /tmp/libtorch.zip

# The base has the CUDA runtime, by which GPUs are looked for as libcudart.so; libtorch's own copy is called otherwise.
FROM nvidia/cuda:12.8.1-base-ubuntu22.04 AS cuda
ARG UID=10001
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s /usr/local/cuda/lib64/libcudart.so.12 /usr/lib/x86_64-linux-gnu/libcudart.so \
    && useradd --uid "$UID" --create-home --shell /usr/sbin/nologin espalier \
    && install -d -o espalier -g espalier /data /models /texts /certificates
COPY --from=cpu /opt/java/openjdk /opt/java/openjdk
COPY --from=libtorch-cuda /opt/libtorch/lib /opt/libtorch/lib
COPY --from=build --chown=espalier:espalier /opt/djl /opt/djl
COPY --from=build /src/cli/target/dist /opt/espalier
COPY docker/worker.conf /etc/espalier/worker.conf
# The flavor must be told: the default of a folder given by hand is one that does not exist for this version.
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:$PATH \
    PYTORCH_LIBRARY_PATH=/opt/libtorch/lib PYTORCH_VERSION=2.7.1 PYTORCH_FLAVOR=cu128 \
    DJL_CACHE_DIR=/opt/djl DJL_OFFLINE=true OPT_OUT_TRACKING=true RUST_FLAVOR=cpu ESPALIER_DATA=/data \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER espalier
WORKDIR /data
VOLUME /data
EXPOSE 7700 7701 9464
ENTRYPOINT ["/opt/espalier/espalier"]
CMD ["--help"]
