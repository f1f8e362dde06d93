using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Ingest;

/// <summary>Refusal reasons as tag values and in answers.</summary>
public static class ReasonNames
{
    public static string Of(RefusalReason reason) => reason switch
    {
        RefusalReason.CardinalityLimit => "cardinality_limit",
        RefusalReason.KindMismatch => "kind_mismatch",
        RefusalReason.SeriesIdCollision => "series_id_collision",
        RefusalReason.TooOld => "too_old",
        RefusalReason.TooNew => "too_new",
        RefusalReason.Malformed => "malformed",
        _ => "none",
    };
}
