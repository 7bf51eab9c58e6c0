// Messages about runs to and from protobuf. Private to wire: encode.cc and decode.cc have the others.
#pragma once
#include "fettle/wire/run_messages.h"

namespace fettle::wire::v1 {
class RunOrder;
class RunTaken;
class RunCancel;
class RunReport;
class RunReportAck;
class RunsHeld;
class RunOpened;
class HostCommands;
}  // namespace fettle::wire::v1

namespace fettle::wire {

void put_run(const RunOrder& from, v1::RunOrder& to);
void put_run(const RunTaken& from, v1::RunTaken& to);
void put_run(const RunCancel& from, v1::RunCancel& to);
void put_run(const RunReport& from, v1::RunReport& to);
void put_run(const RunReportAck& from, v1::RunReportAck& to);
void put_run(const RunsHeld& from, v1::RunsHeld& to);
void put_run(const RunOpened& from, v1::RunOpened& to);
void put_run(const HostCommands& from, v1::HostCommands& to);

/// False: a text or a list is longer than allowed; `to` is then unspecified.
bool get_run(const v1::RunOrder& from, RunOrder& to);
bool get_run(const v1::RunTaken& from, RunTaken& to);
bool get_run(const v1::RunCancel& from, RunCancel& to);
bool get_run(const v1::RunReport& from, RunReport& to);
bool get_run(const v1::RunReportAck& from, RunReportAck& to);
bool get_run(const v1::RunsHeld& from, RunsHeld& to);
bool get_run(const v1::RunOpened& from, RunOpened& to);
bool get_run(const v1::HostCommands& from, HostCommands& to);

}  // namespace fettle::wire
