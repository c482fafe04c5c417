"""Images whose data the next major version cannot read back, so that nobody crosses it without a word of the owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DATABASES: Final[Mapping[str, str]] = {
    # The data folder has to be dumped or upgraded with both versions at hand:
    # https://www.postgresql.org/docs/current/upgrading.html
    "pgvector": "PostgreSQL",
    "postgis": "PostgreSQL",
    "postgres": "PostgreSQL",
    "postgresql": "PostgreSQL",
    "postgresql-repmgr": "PostgreSQL",
    "timescaledb": "PostgreSQL",
    "timescaledb-ha": "PostgreSQL",
    # There is no way back, and no major version may be left out: https://dev.mysql.com/doc/refman/8.4/en/upgrading.html
    "mysql": "MySQL",
    "mysql-server": "MySQL",
    "percona": "MySQL",
    "percona-server": "MySQL",
    # https://mariadb.com/kb/en/upgrading/
    "mariadb": "MariaDB",
    "mariadb-galera": "MariaDB",
    # One major version after the other, each with its own step: https://www.mongodb.com/docs/manual/release-notes/
    "mongo": "MongoDB",
    "mongodb": "MongoDB",
    "mongodb-community-server": "MongoDB",
    "percona-server-mongodb": "MongoDB",
    # Indexes of the version before the last cannot be read:
    # https://www.elastic.co/guide/en/elastic-stack/current/upgrading-elastic-stack.html
    "elasticsearch": "Elasticsearch",
    # https://opensearch.org/docs/latest/install-and-configure/upgrade-opensearch/
    "opensearch": "OpenSearch",
    # https://cassandra.apache.org/doc/latest/cassandra/managing/operating/upgrading.html
    "cassandra": "Cassandra",
    # https://neo4j.com/docs/upgrade-migration-guide/current/
    "neo4j": "Neo4j",
    # https://docs.influxdata.com/influxdb/v2/install/upgrade/
    "influxdb": "InfluxDB",
    # https://docs.arangodb.com/stable/operations/upgrading/
    "arangodb": "ArangoDB",
    # https://solr.apache.org/guide/solr/latest/upgrade-notes/solr-upgrade-notes.html
    "solr": "Solr",
    # https://www.cockroachlabs.com/docs/stable/upgrade-cockroach-version
    "cockroach": "CockroachDB",
    # https://docs.couchbase.com/server/current/install/upgrade.html
    "couchbase": "Couchbase",
}
"""The databases by the last part of their repositories' paths."""


def database_of(path: str) -> str | None:
    """Name the database that an image of this repository path holds, None for any other image.

    >>> database_of("library/postgres")
    'PostgreSQL'
    >>> database_of("bitnami/postgres-exporter")
    """
    return DATABASES.get(path.rpartition("/")[2])
