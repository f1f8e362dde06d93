using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Alerting;

/// <summary>What is stored of something that is edited by versions.</summary>
/// <param name="Definition">Its document, as it was written.</param>
internal readonly record struct StoredVersion(int Version, string Definition)
{
    /// <summary>What an edit to another version must be answered with; null when it may go on.</summary>
    /// <param name="stored">Null: there is none.</param>
    /// <param name="edit">What is going to be in the history of it.</param>
    public static async Task<EditResult?> CheckAsync(IAlertSession session, StoredVersion? stored, int version, string definition, AlertEvent edit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        if (stored is not { } known)
        {
            return version == 1 ? null : EditResult.NotFound;
        }
        if (known.Version == version && known.Definition == definition && await EventTable.ContainsAsync(session, edit))
        {
            // The same edit once more, after an answer that was lost.
            return EditResult.Done;
        }
        return known.Version == version - 1 ? null : EditResult.Conflict;
    }
}
