// What people have beside a name and a password: invitations, second factors, a state. The migration after
// those of the first release.
#pragma once
#include <string_view>

namespace fettle::access {

std::string_view people_schema_sql();
std::string_view environment_removal_schema_sql();

}  // namespace fettle::access
