"""Writes src/test/resources/parquet with pyarrow, another implementation than what reads them.

    pip install pyarrow==25.0.1 && python gpu-worker/src/test/python/make_parquet_fixtures.py
"""
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).parent.parent / "resources" / "parquet"
OUT.mkdir(parents=True, exist_ok=True)

TEXTS = ["The cat sat.", "", "tw\u00f6 \U0001f600", "The cat sat.", "line\nbreak " * 40]
META = [{"body": t.upper(), "n": i} for i, t in enumerate(TEXTS)]
TABLE = pa.table({
    "id": pa.array(range(5), pa.int64()),
    "text": TEXTS,
    "meta": META,
    "tags": [["a", "b"], [], ["c"], None, ["d"]],
    "score": pa.array([0.5, 1.5, None, 2.5, 3.5], pa.float64()),
})


def write(name, table=TABLE, **options):
    options = {"row_group_size": 3, "store_schema": False, "write_statistics": False, **options}
    pq.write_table(table, OUT / f"{name}.parquet", **options)


for codec in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
    write(codec, compression=codec)
write("pages-v2", compression="snappy", data_page_version="2.0")
write("delta", compression="zstd", use_dictionary=False,
      column_encoding={"text": "DELTA_BYTE_ARRAY", "meta.body": "DELTA_LENGTH_BYTE_ARRAY"})
write("checksums", compression="zstd", write_page_checksum=True)
write("large", pa.table({"text": [f"{i} " + "word " * 40 for i in range(3000)]}), compression="snappy",
      row_group_size=2000, data_page_size=4096)
write("nulls", pa.table({"text": ["one", None]}), compression="none")
write("not-utf8", pa.table({"text": pa.array([b"one", b"\xff\xfe"], pa.binary())}), compression="none")
write("chats", pa.table({"messages": [
    [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hi."}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"},
     {"role": "assistant", "content": "So."}],
]}), compression="zstd")
