using System.Net.Sockets;
using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Turns what the driver throws into the port's two exceptions, with what to do about it.</summary>
/// <param name="server">"user@host:port/database": never the password.</param>
internal sealed class PostgresFaults(string server, string user, string database, bool readOnly)
{
    /// <summary>Whether it comes from the connection or the server, rather than from us.</summary>
    public static bool IsOurs(Exception fault) => fault is NpgsqlException or TimeoutException or SocketException or IOException;

    /// <summary>
    /// Whether trying again at once may help. A statement that ran into its time limit is not repeated: that would only load
    /// a slow server more.
    /// </summary>
    public static bool IsTransient(Exception fault) => fault switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => false,
        // Only dropping a partition waits with a limit, and whoever drops holds up the appends: better the next time.
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => false,
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } => true,
        // A COPY into a partition that another node dropped or made meanwhile.
        PostgresException { SqlState: PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UndefinedTable } => true,
        // "No partition of relation found for row": as above, for an insert.
        PostgresException { SqlState: PostgresErrorCodes.CheckViolation, ConstraintName: null } => true,
        NpgsqlException { InnerException: TimeoutException } => false,
        NpgsqlException npgsql => npgsql.IsTransient,
        TimeoutException => false,
        _ => true,
    };

    /// <summary>The server itself answered: then a failing COMMIT has not committed. Without an answer nobody knows.</summary>
    public static bool IsAnswer(Exception fault) => fault is PostgresException postgres && !postgres.SqlState.StartsWith("08", StringComparison.Ordinal)
        && postgres.SqlState is not (PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown);

    /// <param name="opening">While opening, what the configuration may have wrong is reported as such; later the same is an outage that somebody will mend.</param>
    public Exception Map(Exception fault, bool opening = false)
    {
        (string advice, bool configuration) = Explain(fault);
        string message = $"{advice} ({fault.Message.ReplaceLineEndings(" ")})";
        return configuration && opening ? new StoreConfigurationException(message, fault) : new StoreUnavailableException(message, fault);
    }

    private (string Advice, bool Configuration) Explain(Exception fault) => fault switch
    {
        PostgresException postgres => Explain(postgres),
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } =>
            ($"The host of the store {server} is not known; check Host in the connection string and the name service.", false),
        { InnerException: SocketException } or SocketException =>
            ($"The store {server} can't be reached; check Host and Port in the connection string, that PostgreSQL runs and listens there, and the firewall.", false),
        { InnerException: TimeoutException } or TimeoutException =>
            ($"The store {server} did not answer in time; look for locks and load on the server, or raise 'Command Timeout' (for statements) or 'Timeout' (for connecting) in the connection string.", false),
        { InnerException: System.Security.Authentication.AuthenticationException } =>
            ($"The store {server} and this program can't agree on TLS; check 'SSL Mode' and 'Root Certificate' in the connection string.", true),
        // The driver refuses by itself: a password asked for and not given, an unknown way to authenticate.
        NpgsqlException { InnerException: null, IsTransient: false } when fault.Message.Contains("assword", StringComparison.Ordinal) =>
            ($"The store {server} asks for a password; put Password=… into the connection string.", true),
        _ => ($"The connection to the store {server} failed; check the server's log and the network.", false),
    };

    private (string Advice, bool Configuration) Explain(PostgresException fault) => fault.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            ($"The store {server} refuses user '{user}'; check Username and Password in the connection string, and the server's pg_hba.conf.", true),
        PostgresErrorCodes.InvalidCatalogName =>
            ($"There is no database '{database}' at {server}; create it (CREATE DATABASE \"{database}\" OWNER \"{user}\") or name another in the connection string.", true),
        PostgresErrorCodes.InsufficientPrivilege when readOnly =>
            ($"User '{user}' may not read the store in {server}; GRANT USAGE ON SCHEMA public TO \"{user}\" and GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{user}\" (or the schema that Search Path names).", true),
        PostgresErrorCodes.InsufficientPrivilege =>
            ($"User '{user}' may not do what the store needs in {server}; make it the owner of the tables and GRANT CREATE, USAGE ON SCHEMA public TO \"{user}\" (or the schema that Search Path names).", true),
        PostgresErrorCodes.InvalidSchemaName =>
            ($"The schema to put tables in does not exist in {server}; create it, or correct 'Search Path' in the connection string.", true),
        PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.DuplicateFunction =>
            ($"The database {server} has tables of the store's names that are not the store's; use an empty database, or an own schema through 'Search Path'.", true),
        PostgresErrorCodes.ReadOnlySqlTransaction =>
            ($"The database {server} is read-only (a standby?); point the connection string at the primary, or set the store to read-only.", true),
        PostgresErrorCodes.FeatureNotSupported =>
            ($"The database {server} lacks a feature that the store uses; check that PostgreSQL is {PostgresServer.OldestMajor} or newer and, with TimescaleDB, that the licence was not changed.", true),
        PostgresErrorCodes.DiskFull =>
            ($"There is no room for the store {server}: free disk space on the server or shorten the retention.", false),
        PostgresErrorCodes.TooManyConnections =>
            ($"The server of the store {server} takes no more connections; raise max_connections or lower the pool size.", false),
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown =>
            ($"The server of the store {server} is starting or stopping.", false),
        PostgresErrorCodes.LockNotAvailable =>
            ($"A table of the store {server} is in use for longer than may be waited for; if that lasts, look in pg_stat_activity for a transaction that does not end.", false),
        _ => ($"The store {server} did not do what it was asked; see the server's log.", false),
    };
}
