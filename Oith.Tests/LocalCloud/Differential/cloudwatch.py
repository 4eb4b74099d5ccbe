"""CloudWatch."""
import datetime
import json

from differential import VOLATILE, client, step

VOLATILE |= {"AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "LastModified"}
cloudwatch = client("cloudwatch")
NOW = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
RANGE = dict(StartTime=NOW - datetime.timedelta(minutes=10), EndTime=NOW + datetime.timedelta(minutes=1))
ALARM = dict(AlarmName="diff", MetricName="m", Namespace="Diff", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1.0,
             ComparisonOperator="GreaterThanThreshold")
STAT = {"Metric": {"Namespace": "Diff", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}


def without(*names, **others):
    return {key: value for key, value in {**ALARM, **others}.items() if key not in names}


def history():
    found = cloudwatch.describe_alarm_history(AlarmName="diff", HistoryItemType="ConfigurationUpdate")["AlarmHistoryItems"]
    return {"Items": [{key: item[key] for key in ("AlarmName", "AlarmType", "HistoryItemType", "HistorySummary")} for item in found]}


def put(name, *data, **more):
    return step(name, cloudwatch.put_metric_data, **{"Namespace": "Diff", "MetricData": list(data), **more})


put("put-data", {"MetricName": "m", "Value": 1, "Unit": "Count", "Timestamp": RANGE["StartTime"]},
    {"MetricName": "m", "Value": 3, "Unit": "Count", "Timestamp": RANGE["StartTime"]})
put("put-data-dimensions", {"MetricName": "d", "Dimensions": [{"Name": "a", "Value": "1"}], "Values": [1, 2], "Counts": [3, 4], "Timestamp": RANGE["StartTime"]})
put("put-data-statistics", {"MetricName": "s", "StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}})
put("put-data-no-name", {"Value": 1})
put("put-data-aws-namespace", {"MetricName": "m", "Value": 1}, Namespace="AWS/Diff")
put("put-data-value-and-values", {"MetricName": "m", "Value": 1, "Values": [1]})
put("put-data-values-and-counts", {"MetricName": "m", "Values": [1, 2], "Counts": [1]})
put("put-data-too-old", {"MetricName": "m", "Value": 1, "Timestamp": NOW - datetime.timedelta(days=15)})
put("put-data-same-dimensions", {"MetricName": "m", "Value": 1, "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]})
put("put-data-wrong-resolution", {"MetricName": "m", "Value": 1, "StorageResolution": 2})
step("list-metrics", cloudwatch.list_metrics, Namespace="Diff", MetricName="m")
step("list-metrics-dimension", cloudwatch.list_metrics, Namespace="Diff", Dimensions=[{"Name": "a"}])
step("list-metrics-none", cloudwatch.list_metrics, Namespace="None")
step("statistics", cloudwatch.get_metric_statistics, Namespace="Diff", MetricName="m", Period=60, Statistics=["Sum", "Average", "Maximum"], **RANGE)
step("statistics-unit", cloudwatch.get_metric_statistics, Namespace="Diff", MetricName="m", Period=60, Statistics=["Sum"], Unit="Bytes", **RANGE)
step("statistics-none", cloudwatch.get_metric_statistics, Namespace="Diff", MetricName="none", Period=60, Statistics=["Sum"], **RANGE)
step("statistics-no-statistic", cloudwatch.get_metric_statistics, Namespace="Diff", MetricName="m", Period=60, **RANGE)
step("statistics-wrong-statistic", cloudwatch.get_metric_statistics, Namespace="Diff", MetricName="m", Period=60, Statistics=["Nonsense"], **RANGE)
step("statistics-wrong-period", cloudwatch.get_metric_statistics, Namespace="Diff", MetricName="m", Period=61, Statistics=["Sum"], **RANGE)
step("statistics-backwards", cloudwatch.get_metric_statistics, Namespace="Diff", MetricName="m", Period=60, Statistics=["Sum"],
     StartTime=RANGE["EndTime"], EndTime=RANGE["StartTime"])
step("statistics-too-many", cloudwatch.get_metric_statistics, Namespace="Diff", MetricName="m", Period=60, Statistics=["Sum"],
     StartTime=NOW - datetime.timedelta(days=2), EndTime=NOW)
step("data", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "MetricStat": STAT}, {"Id": "b", "Expression": "a * 2", "Label": "twice"}], **RANGE)
step("data-not-returned", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "MetricStat": STAT, "ReturnData": False}], **RANGE)
step("data-wrong-id", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "A", "MetricStat": STAT}], **RANGE)
step("data-same-ids", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "MetricStat": STAT}, {"Id": "a", "MetricStat": STAT}], **RANGE)
step("data-wrong-expression", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "Expression": "b * 2"}], **RANGE)
step("data-both", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "MetricStat": STAT, "Expression": "1"}], **RANGE)
step("data-wrong-stat", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "MetricStat": {**STAT, "Stat": "Nonsense"}}], **RANGE)
step("data-backwards", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "MetricStat": STAT}], StartTime=RANGE["EndTime"], EndTime=RANGE["StartTime"])
step("put-alarm", cloudwatch.put_metric_alarm, **without(Tags=[{"Key": "a", "Value": "1"}], AlarmDescription="d"))
step("put-alarm-two-statistics", cloudwatch.put_metric_alarm, **without(ExtendedStatistic="p99", AlarmName="wrong"))
step("put-alarm-wrong-statistic", cloudwatch.put_metric_alarm, **without(Statistic="Nonsense", AlarmName="wrong"))
step("put-alarm-wrong-extended", cloudwatch.put_metric_alarm, **without("Statistic", ExtendedStatistic="p101", AlarmName="wrong"))
step("put-alarm-wrong-operator", cloudwatch.put_metric_alarm, **without(ComparisonOperator="Nonsense", AlarmName="wrong"))
step("put-alarm-wrong-period", cloudwatch.put_metric_alarm, **without(Period=61, AlarmName="wrong"))
step("put-alarm-wrong-datapoints", cloudwatch.put_metric_alarm, **without(DatapointsToAlarm=2, AlarmName="wrong"))
step("put-alarm-wrong-treatment", cloudwatch.put_metric_alarm, **without(TreatMissingData="nonsense", AlarmName="wrong"))
step("put-alarm-wrong-percentile", cloudwatch.put_metric_alarm, **without(EvaluateLowSampleCountPercentile="nonsense", AlarmName="wrong"))
step("put-alarm-too-long", cloudwatch.put_metric_alarm, **without(EvaluationPeriods=2000, AlarmName="wrong"))
step("put-alarm-metric-and-metrics", cloudwatch.put_metric_alarm, **without(Metrics=[{"Id": "a", "MetricStat": STAT}], AlarmName="wrong"))
step("put-alarm-metrics", cloudwatch.put_metric_alarm, **without(
    "MetricName", "Namespace", "Statistic", "Period", AlarmName="diff-math",
    Metrics=[{"Id": "a", "MetricStat": STAT, "ReturnData": False}, {"Id": "b", "Expression": "a * 2", "Label": "twice"}]))
step("describe-alarms", cloudwatch.describe_alarms, AlarmNamePrefix="diff")
step("describe-alarms-state", cloudwatch.describe_alarms, StateValue="OK")
step("describe-alarms-none", cloudwatch.describe_alarms, AlarmNames=["none"])
step("describe-alarms-names-and-prefix", cloudwatch.describe_alarms, AlarmNames=["diff"], AlarmNamePrefix="d")
step("describe-alarms-wrong-state", cloudwatch.describe_alarms, StateValue="NONSENSE")
step("describe-alarms-page", cloudwatch.describe_alarms, AlarmNamePrefix="diff", MaxRecords=101)
step("describe-alarms-for-metric", cloudwatch.describe_alarms_for_metric, Namespace="Diff", MetricName="m")
step("set-state", cloudwatch.set_alarm_state, AlarmName="diff", StateValue="ALARM", StateReason="r", StateReasonData='{"a": 1}')
step("set-state-none", cloudwatch.set_alarm_state, AlarmName="none", StateValue="ALARM", StateReason="r")
step("set-state-wrong", cloudwatch.set_alarm_state, AlarmName="diff", StateValue="NONSENSE", StateReason="r")
step("set-state-wrong-data", cloudwatch.set_alarm_state, AlarmName="diff", StateValue="OK", StateReason="r", StateReasonData="nonsense")
step("set-state-no-reason", cloudwatch.set_alarm_state, AlarmName="diff", StateValue="OK")
step("put-composite", cloudwatch.put_composite_alarm, AlarmName="diff-composite", AlarmRule='ALARM("diff") OR ALARM("diff-math")')
step("put-composite-none", cloudwatch.put_composite_alarm, AlarmName="wrong", AlarmRule='ALARM("none")')
step("put-composite-wrong", cloudwatch.put_composite_alarm, AlarmName="wrong", AlarmRule="nonsense")
step("describe-composite", cloudwatch.describe_alarms, AlarmTypes=["CompositeAlarm"])
step("history", history)
step("disable-actions", cloudwatch.disable_alarm_actions, AlarmNames=["diff"])
step("enable-actions-none", cloudwatch.enable_alarm_actions, AlarmNames=["none"])
arn = cloudwatch.describe_alarms(AlarmNames=["diff"])["MetricAlarms"][0]["AlarmArn"]
step("list-tags", cloudwatch.list_tags_for_resource, ResourceARN=arn)
step("tag-resource", cloudwatch.tag_resource, ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
step("tag-resource-none", cloudwatch.tag_resource, ResourceARN=arn + "x", Tags=[{"Key": "b", "Value": "2"}])
step("untag-resource", cloudwatch.untag_resource, ResourceARN=arn, TagKeys=["a"])
step("list-tags-none", cloudwatch.list_tags_for_resource, ResourceARN=arn + "x")
step("delete-composite", cloudwatch.delete_alarms, AlarmNames=["diff-composite"])
step("delete-alarms", cloudwatch.delete_alarms, AlarmNames=["diff", "diff-math"])
step("delete-alarms-none", cloudwatch.delete_alarms, AlarmNames=["diff"])
step("put-dashboard", cloudwatch.put_dashboard, DashboardName="diff", DashboardBody=json.dumps({"widgets": []}))
step("put-dashboard-no-json", cloudwatch.put_dashboard, DashboardName="diff", DashboardBody="nonsense")
step("put-dashboard-wrong-name", cloudwatch.put_dashboard, DashboardName="not valid", DashboardBody=json.dumps({"widgets": []}))
step("put-dashboard-wrong-widget", cloudwatch.put_dashboard, DashboardName="wrong", DashboardBody=json.dumps({"widgets": [{"type": "nonsense"}]}))
step("put-dashboard-no-body", cloudwatch.put_dashboard, DashboardName="diff")
step("get-dashboard", cloudwatch.get_dashboard, DashboardName="diff")
step("get-dashboard-none", cloudwatch.get_dashboard, DashboardName="none")
step("list-dashboards", cloudwatch.list_dashboards, DashboardNamePrefix="diff")
step("delete-dashboards", cloudwatch.delete_dashboards, DashboardNames=["diff"])
step("delete-dashboards-none", cloudwatch.delete_dashboards, DashboardNames=["diff"])
step("put-alarm-no-name", cloudwatch.put_metric_alarm, **without("AlarmName"))
step("put-alarm-no-periods", cloudwatch.put_metric_alarm, **without("EvaluationPeriods", AlarmName="wrong"))
step("put-alarm-no-operator", cloudwatch.put_metric_alarm, **without("ComparisonOperator", AlarmName="wrong"))
step("put-alarm-no-threshold", cloudwatch.put_metric_alarm, **without("Threshold", AlarmName="wrong"))
step("put-alarm-no-metric", cloudwatch.put_metric_alarm, **without("MetricName", AlarmName="wrong"))
step("put-alarm-no-period", cloudwatch.put_metric_alarm, **without("Period", AlarmName="wrong"))
step("put-alarm-no-statistic", cloudwatch.put_metric_alarm, **without("Statistic", AlarmName="wrong"))
put("put-data-no-value", {"MetricName": "m"})
put("put-data-wrong-unit", {"MetricName": "m", "Value": 1, "Unit": "Nonsense"})
put("put-data-empty-dimension", {"MetricName": "m", "Value": 1, "Dimensions": [{"Name": "a", "Value": ""}]})
put("put-data-many-dimensions", {"MetricName": "m", "Value": 1, "Dimensions": [{"Name": str(i), "Value": "1"} for i in range(31)]})
